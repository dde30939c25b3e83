import { DevicePlatform } from "../index.js";
import type { Client, KeyValueStorage, Lifecycle, Readable } from "../index.js";
import { createState } from "./state.js";

/**
 * A push service that provides FCM tokens on both platforms: the server pushes by Firebase Cloud Messaging. `firebasePush` of
 * `@dongbaejul/client/expo/firebase` is one.
 */
export interface PushService {
  readonly platform: DevicePlatform;
  /** Reports whether notifications may be shown, without asking the user. */
  isPermitted(): Promise<boolean>;
  /** Asks the user. Reports whether notifications may be shown. */
  requestPermission(): Promise<boolean>;
  getToken(): Promise<string>;
  /** Invalidates the token, so that nothing more is pushed to it. */
  deleteToken(): Promise<void>;
  onTokenRefresh(listener: () => void): () => void;
  /** Calls the listener for each notification that the user taps, including the one that has started the app. */
  onOpened(listener: (data: Readonly<Record<string, string>>) => void): () => void;
}

/** Whether this device is pushed to. */
export type PushState =
  /** Nobody is signed in, or the user was not asked yet or has refused. */
  | { readonly status: "off" }
  | { readonly status: "registered" }
  /** It is retried when the app is shown or has a network again. */
  | { readonly status: "failed"; readonly error: unknown };

/** What a notification is about. It has no ids if there is nothing to open. */
export interface PushTarget {
  /** Its seq among the user's notifications, for `club.markNotificationsRead`. */
  readonly seq?: bigint;
  readonly gameId?: string;
  readonly postId?: string;
  readonly commentId?: string;
  readonly roomId?: string;
  readonly messageId?: string;
}

export interface Push {
  readonly state: Readable<PushState>;
  /** Asks for the permission and registers the device. Reports whether the user has agreed. */
  enable(): Promise<boolean>;
  /** Calls the listener with the target of each notification that the user taps. */
  onOpened(listener: (target: PushTarget) => void): () => void;
}

/** What was registered. It is kept until the token is deleted. */
interface Registration {
  readonly userId: string;
  readonly token: string;
}

const registrationKey = "dongbaejul.push";

/**
 * Keeps this device registered for the signed-in user, if notifications are permitted: at every start, since the server may have
 * dropped it, and whenever the push service replaces the token. The server pushes to a device only as long as the session that has
 * registered it. When the session ends, for any reason, the token is deleted as well, since the server may not know yet.
 */
export function createPush(client: Client, service: PushService, storage: KeyValueStorage, lifecycle: Lifecycle) {
  const { session } = client;
  const state = createState<PushState>({ status: "off" });
  /** What was registered since the app was started. */
  let current: Registration | undefined;
  let syncing: Promise<void> | undefined;
  let again = false;

  const stored = async (): Promise<Registration | undefined> => {
    const text = await storage.getItem(registrationKey);
    return text === null ? undefined : (JSON.parse(text) as Registration);
  };

  /** Deletes the token that was registered for a user who is no longer signed in. */
  const clear = async () => {
    current = undefined;
    if ((await storage.getItem(registrationKey)) !== null) {
      await service.deleteToken();
      await storage.removeItem(registrationKey);
    }
    state.set({ status: "off" });
  };

  const register = async (userId: string) => {
    const before = await stored();
    if (before !== undefined && before.userId !== userId) {
      await clear();
    }
    if (!(await service.isPermitted())) {
      state.set({ status: "off" });
      return;
    }
    const token = await service.getToken();
    if (current?.userId !== userId || current.token !== token) {
      const next = { userId, token };
      // First, so that a registration whose answer is lost is cleared as well.
      await storage.setItem(registrationKey, JSON.stringify(next));
      await client.notifications.registerDevice({ token, platform: service.platform });
      current = next;
    }
    state.set({ status: "registered" });
  };

  const settle = async () => {
    try {
      const now = await session.ready();
      if (now.status === "signed_in") {
        await register(now.userId);
      } else if (now.status === "signed_out") {
        await clear();
      }
    } catch (error) {
      state.set({ status: "failed", error });
    }
  };

  /** Syncs the registration with the session: one run at a time, and another if something has changed during it. */
  const sync = (): Promise<void> => {
    again = true;
    syncing ??= (async () => {
      while (again) {
        again = false;
        await settle();
      }
      syncing = undefined;
    })();
    return syncing;
  };
  const run = () => void sync();

  const ends = [
    session.state.subscribe(run),
    service.onTokenRefresh(run),
    // Permission may also change in the system's settings.
    lifecycle.onForeground(run),
    lifecycle.onOnline(run),
  ];
  run();

  const push: Push = {
    state,
    async enable() {
      const permitted = await service.requestPermission();
      await sync();
      return permitted;
    },
    onOpened: (listener) => service.onOpened((data) => listener(targetOf(data))),
  };
  return {
    push,
    sync,
    stop: () => ends.forEach((end) => end()),
  };
}

/** Reads the data of a push message. */
function targetOf(data: Readonly<Record<string, string>>): PushTarget {
  const target: Record<string, string | bigint> = {};
  for (const [name, key] of names) {
    const id = data[name];
    if (typeof id === "string" && id !== "") {
      target[key] = id;
    }
  }
  if (/^[0-9]+$/.test(data["seq"] ?? "")) {
    target["seq"] = BigInt(data["seq"] ?? "");
  }
  return target;
}

const names = [
  ["game_id", "gameId"],
  ["post_id", "postId"],
  ["comment_id", "commentId"],
  ["room_id", "roomId"],
  ["message_id", "messageId"],
] as const;
