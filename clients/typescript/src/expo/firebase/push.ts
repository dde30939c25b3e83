import { DevicePlatform } from "../../index.js";
import type { PushService } from "../push.js";

/** The parts of @react-native-firebase/messaging and react-native that are used. The real ones fit as they are. */
export interface FirebaseModules<M = never> {
  readonly messaging: {
    getMessaging(): M;
    getToken(messaging: M): Promise<string>;
    deleteToken(messaging: M): Promise<void>;
    hasPermission(messaging: M): Promise<number>;
    requestPermission(messaging: M): Promise<number>;
    onTokenRefresh(messaging: M, listener: () => void): () => void;
    onNotificationOpenedApp(messaging: M, listener: (message: RemoteMessage) => void): () => void;
    getInitialNotification(messaging: M): Promise<RemoteMessage | null>;
    onMessage(messaging: M, listener: (message: RemoteMessage) => void): () => void;
    setBackgroundMessageHandler(messaging: M, handler: (message: RemoteMessage) => Promise<void>): void;
  };
  readonly permissions: { request(permission: "android.permission.POST_NOTIFICATIONS"): Promise<string> };
  readonly platform: { readonly OS: string; readonly Version: string | number };
}

interface RemoteMessage {
  readonly data?: Readonly<Record<string, string | object | number>>;
}

/** AUTHORIZED and PROVISIONAL of Firebase's AuthorizationStatus. */
const permitted: readonly number[] = [1, 2];
/** The first API level of Android that asks the user. */
const android13 = 33;

export function createFirebasePush<M>({ messaging, permissions, platform }: FirebaseModules<M>): PushService {
  const isAndroid = platform.OS === "android";
  // Lazily: without the app's Firebase configuration it throws, and then the registration fails.
  const instance = () => messaging.getMessaging();
  return {
    platform: isAndroid ? DevicePlatform.ANDROID : DevicePlatform.IOS,
    isPermitted: async () => permitted.includes(await messaging.hasPermission(instance())),
    async requestPermission() {
      if (!isAndroid) {
        return permitted.includes(await messaging.requestPermission(instance()));
      }
      if (Number(platform.Version) >= android13) {
        await permissions.request("android.permission.POST_NOTIFICATIONS");
      }
      return permitted.includes(await messaging.hasPermission(instance()));
    },
    getToken: async () => messaging.getToken(instance()),
    deleteToken: async () => messaging.deleteToken(instance()),
    onTokenRefresh: (listener) => quietly(() => messaging.onTokenRefresh(instance(), () => listener())),
    onOpened(listener) {
      const open = (message: RemoteMessage | null) => message?.data !== undefined && listener(textsOf(message.data));
      let isOver = false;
      const end = quietly(() => {
        messaging
          .getInitialNotification(instance())
          .then((message) => !isOver && open(message))
          .catch(() => undefined);
        return messaging.onNotificationOpenedApp(instance(), open);
      });
      return () => {
        isOver = true;
        end();
      };
    },
  };
}

/** Sets the badge by what is pushed, whether it shows something or not. */
export function followBadge<M>({ messaging }: Pick<FirebaseModules<M>, "messaging">, setBadge: (count: number) => unknown): void {
  const apply = async ({ data }: RemoteMessage) => {
    const badge = data?.["badge"];
    if (typeof badge === "string" && /^[0-9]+$/.test(badge)) {
      await setBadge(Number(badge));
    }
  };
  quietly(() => {
    const instance = messaging.getMessaging();
    messaging.setBackgroundMessageHandler(instance, apply);
    return messaging.onMessage(instance, (message) => void apply(message).catch(() => undefined));
  });
}

/** Adds a listener, or none if Firebase is not configured. */
function quietly(add: () => () => void): () => void {
  try {
    return add();
  } catch {
    return () => {};
  }
}

function textsOf(data: Readonly<Record<string, string | object | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}
