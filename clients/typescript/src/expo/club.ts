import { createClient, createClub, createOutbox, createOutboxFiles } from "../index.js";
import type { Client, ClientSession, Club, ClubOptions, ConnectionOptions, OutboxOptions, Readable } from "../index.js";
import { createOfflineCache } from "../offline/index.js";
import type { Lifecycle } from "../lifecycle.js";
import { appLifecycle } from "./lifecycle.js";
import type { ExpoModules } from "./modules.js";
import { createPush } from "./push.js";
import type { Push, PushService } from "./push.js";
import { createSignIn } from "./sign-in.js";
import type { SignInState } from "./sign-in.js";
import { tokenStorage } from "./storage.js";

export interface ExpoClubOptions extends ConnectionOptions {
  /**
   * Where sign-ins end; it must be among the server's AUTH_REDIRECT_URIS. The path `auth` of the app's scheme when left out, such as
   * `dongbaejul://auth`; in Expo Go an address of the development server, and on the web the page `/auth`.
   */
  redirectUri?: string;
  /** The push service: `firebasePush()`. When left out, nothing is pushed. */
  push?: PushService | undefined;
  /** Sets the number at the app's icon, such as setBadgeCountAsync of expo-notifications: to that of unread notifications. */
  setBadge?: ((count: number) => unknown) | undefined;
  /** The options of createClub. When left out, the offline cache is in AsyncStorage. */
  club?: Omit<ClubOptions, "outbox">;
  /** The options of createOutbox. */
  outbox?: Omit<OutboxOptions, "storage">;
}

/** A club in an app. */
export interface ExpoClub {
  readonly client: Client;
  readonly club: Club;
  readonly signInState: Readable<SignInState>;
  /**
   * Signs in by Naver Band in the system's browser. Never rejects: `signInState` says why it failed. A sign-in during which the
   * system has ended the app is completed when it starts again.
   */
  signIn(): Promise<void>;
  /** Signs out. Resolves when pushes to this device have ended as well, or after a few seconds. */
  signOut(options?: Parameters<ClientSession["signOut"]>[0]): Promise<void>;
  /** Undefined if the options have no push service. */
  readonly push: Push | undefined;
  /** Closes everything that was created. Apps need not call it. */
  close(): Promise<void>;
}

/** Creates a club from the given modules, as createExpoClub does from the real ones. */
export function createClubWith(modules: ExpoModules, options: ExpoClubOptions): ExpoClub {
  const { redirectUri = modules.linking.createURL("auth"), push: service, setBadge, club: clubOptions, outbox: outboxOptions, ...connection } = options;
  const lifecycle = connection.lifecycle ?? appLifecycle(modules);
  const client = createClient({ fetch: modules.fetch, tokens: tokenStorage(modules), ...connection, lifecycle });
  const outbox = createOutbox(client, { files: createOutboxFiles(client), ...outboxOptions, storage: modules.asyncStorage });
  const cache = clubOptions?.cache ?? createOfflineCache(client, { storage: modules.asyncStorage });
  const club = createClub(client, { ...clubOptions, outbox, cache });
  const signIn = createSignIn(client, modules, redirectUri);
  const pushing = service === undefined ? undefined : createPush(client, service, modules.asyncStorage, lifecycle);
  const endBadge = setBadge === undefined ? undefined : showUnread(client, club, lifecycle, setBadge);
  return {
    client,
    club,
    signInState: signIn.state,
    signIn: signIn.signIn,
    push: pushing?.push,
    async signOut(how) {
      await client.session.signOut(how);
      await pushing?.sync();
    },
    async close() {
      signIn.stop();
      pushing?.stop();
      endBadge?.();
      await club.stop();
      await outbox.close();
      await cache.close();
    },
  };
}

/** Keeps the badge at the number of unread notifications, which is none after a sign-out. */
function showUnread(client: Client, club: Club, lifecycle: Lifecycle, setBadge: (count: number) => unknown): () => void {
  let shown: number | undefined;
  const show = () => {
    const { loaded, unread } = club.notifications.getSnapshot();
    const count = loaded ? unread : client.session.state.getSnapshot().status === "signed_out" ? 0 : undefined;
    if (count !== undefined && count !== shown) {
      shown = count;
      void (async () => setBadge(count))().catch(() => undefined);
    }
  };
  // Meanwhile a push may have set another number.
  const setAgain = () => {
    shown = undefined;
    show();
  };
  const ends = [club.notifications.subscribe(show), client.session.state.subscribe(show), lifecycle.onForeground(setAgain)];
  show();
  return () => ends.forEach((end) => end());
}
