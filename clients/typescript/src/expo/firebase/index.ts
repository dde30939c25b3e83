/** Pushes by Firebase Cloud Messaging, for `createExpoClub`. It imports @react-native-firebase/messaging. */
import {
  deleteToken,
  getInitialNotification,
  getMessaging,
  getToken,
  hasPermission,
  onMessage,
  onNotificationOpenedApp,
  onTokenRefresh,
  requestPermission,
  setBackgroundMessageHandler,
} from "@react-native-firebase/messaging";
import { PermissionsAndroid, Platform } from "react-native";
import { createFirebasePush, followBadge } from "./push.js";
import type { PushService } from "../push.js";

/**
 * Returns pushes by @react-native-firebase/messaging.
 *
 * Why not by expo-notifications: the server pushes by FCM, which takes FCM's tokens only. `getDevicePushTokenAsync` of
 * expo-notifications returns one on Android, but on iOS it returns Apple's, and `getExpoPushTokenAsync` returns Expo's, for Expo's
 * servers. Firebase's module trades Apple's token for one of FCM on iOS. Like every module with native code it is not in Expo Go:
 * there, create the club without `push`.
 */
export function firebasePush(): PushService {
  return createFirebasePush({ messaging, permissions: PermissionsAndroid, platform: Platform });
}

/**
 * Sets the number at the app's icon as it is pushed, by a function such as setBadgeCountAsync of expo-notifications. Call it in the
 * app's entry file: in the background, Android runs that file without rendering anything. iOS sets the badge by itself meanwhile.
 */
export function firebaseBadge(setBadge: (count: number) => unknown): void {
  followBadge({ messaging }, setBadge);
}

const messaging = {
  ...{ getMessaging, getToken, deleteToken, hasPermission, requestPermission },
  ...{ onTokenRefresh, onNotificationOpenedApp, getInitialNotification, onMessage, setBackgroundMessageHandler },
};
