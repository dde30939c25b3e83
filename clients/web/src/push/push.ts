import { DevicePlatform } from "@dongbaejul/client";
import type { ClubClient } from "../club/client";
import { readText, writeText } from "../storage";

/** Whether this browser is pushed to. */
export type PushState =
  /** Not known yet. */
  | "unknown"
  | "unsupported"
  /** An iPhone or iPad, which supports it only in an app on the home screen. */
  | "home_screen"
  /** The server does not push to browsers. */
  | "unavailable"
  /** The user, or the browser for them, has blocked notifications. */
  | "denied"
  | "off"
  | "on"
  /** The user wants it, but the browser or the server could not be reached. It is retried when the page is shown. */
  | "failed";

/** What a Push uses of the browser. */
export interface PushBrowser {
  /** Returns the service worker's registration; undefined if there is none. */
  registration(): Promise<Pick<ServiceWorkerRegistration, "pushManager"> | undefined>;
  /** Reports whether this is Safari's page on iOS, and not an app on the home screen. */
  readonly needsHomeScreen: boolean;
  permission(): NotificationPermission;
  requestPermission(): Promise<NotificationPermission>;
  readonly texts: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

export interface Push {
  getSnapshot(): PushState;
  subscribe(listener: () => void): () => void;
  /** Asks for the permission and registers this browser. Must be called by a tap: browsers ask at no other time. */
  enable(): Promise<void>;
  disable(): Promise<void>;
  /** Syncs the registration with the session, the permission and the server's key. Never rejects. */
  sync(): Promise<void>;
}

/** What was registered. It is kept until the browser is unsubscribed and unregistered. */
interface Registration {
  userId: string;
  /** Empty while the server has not answered. */
  deviceId: string;
}

const registrationKey = "dongbaejul.push";
/** Under this key with the user's id is whether the user wants pushes in this browser, also after a sign-out. */
const wantedKey = "dongbaejul.push.wanted.";

/**
 * Keeps this browser registered for the signed-in user, if the user wants that: at every start and after every sign-in, since the
 * server pushes only as long as the session that has registered the browser. When a session ends, the browser is unsubscribed.
 */
export function createPush(client: Pick<ClubClient, "session" | "notifications">, browser: PushBrowser): Push {
  const { texts } = browser;
  const listeners = new Set<() => void>();
  let state: PushState = "unknown";
  let syncing: Promise<void> | undefined;
  let again = false;

  const set = (next: PushState) => {
    if (state === next) return;
    state = next;
    for (const listener of [...listeners]) listener();
  };
  const stored = (): Registration | undefined => {
    const text = readText(texts, registrationKey);
    return text === null ? undefined : (JSON.parse(text) as Registration);
  };
  const store = (registration: Registration | null) => writeText(texts, registrationKey, registration && JSON.stringify(registration));

  /** Ends pushes to this browser: also for those that the server goes on with, since it may not know yet. */
  const clear = async (pushes: PushManager, userId: string | undefined) => {
    const before = stored();
    if (!before) return;
    await (await pushes.getSubscription())?.unsubscribe();
    // The server removes those of a session that has ended by itself.
    if (before.userId === userId && before.deviceId) await client.notifications.unregisterDevice({ deviceId: before.deviceId });
    store(null);
  };

  const register = async (pushes: PushManager, userId: string): Promise<PushState> => {
    const { webPushPublicKey: key } = await client.notifications.getPushConfig({});
    if (key === "") {
      await clear(pushes, userId);
      return "unavailable";
    }
    let subscription = await pushes.getSubscription();
    if (subscription && keyOf(subscription) !== key) {
      // The server signs with another key now, which the push service would refuse.
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await pushes.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = subscription.toJSON();
    const before = stored();
    // First, so that a registration whose answer is lost is cleared as well.
    if (!before) store({ userId, deviceId: "" });
    const { deviceId } = await client.notifications.registerDevice({
      token: JSON.stringify({ endpoint, keys }),
      platform: DevicePlatform.WEB,
    });
    // Another endpoint is another device. The server has lost it already if the push service says so.
    if (before?.deviceId && before.deviceId !== deviceId) await client.notifications.unregisterDevice({ deviceId: before.deviceId });
    store({ userId, deviceId });
    return "on";
  };

  const signedIn = () => {
    const session = client.session.state.getSnapshot();
    return session.status === "signed_in" ? session.userId : undefined;
  };
  const isWanted = (userId = signedIn()) => userId !== undefined && readText(texts, wantedKey + userId) !== null;
  const want = (wanted: boolean) => {
    const userId = signedIn();
    if (userId !== undefined) writeText(texts, wantedKey + userId, wanted ? "yes" : null);
  };

  const settle = async (): Promise<PushState> => {
    const pushes = (await browser.registration())?.pushManager;
    if (!pushes) return browser.needsHomeScreen ? "home_screen" : "unsupported";
    const session = await client.session.ready();
    const userId = session.status === "signed_in" ? session.userId : undefined;
    if (userId === undefined || (stored()?.userId ?? userId) !== userId) await clear(pushes, userId);
    if (userId === undefined) return "off";
    const permission = browser.permission();
    if (permission === "granted" && isWanted(userId)) return register(pushes, userId);
    await clear(pushes, userId);
    return permission === "denied" ? "denied" : "off";
  };

  // One run at a time, and another if something has changed during it.
  const sync = (): Promise<void> => {
    again = true;
    syncing ??= (async () => {
      while (again) {
        again = false;
        set(await settle().catch(() => (isWanted() ? "failed" : "off")));
      }
      syncing = undefined;
    })();
    return syncing;
  };

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async enable() {
      if ((await browser.requestPermission()) === "granted") want(true);
      await sync();
    },
    async disable() {
      want(false);
      await sync();
    },
    sync,
  };
}

/** Returns the key that a subscription was made with, in base64url. */
function keyOf({ options: { applicationServerKey: key } }: PushSubscription): string {
  if (!key) return "";
  return btoa(String.fromCharCode(...new Uint8Array(key)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
