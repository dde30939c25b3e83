/** Pushes by Firebase Cloud Messaging, for `createExpoClub`. It imports @react-native-firebase/messaging. */
import {
  deleteToken,
  getInitialNotification,
  getMessaging,
  getToken,
  hasPermission,
  onNotificationOpenedApp,
  onTokenRefresh,
  requestPermission,
} from "@react-native-firebase/messaging";
import { PermissionsAndroid, Platform } from "react-native";
import { createFirebasePush } from "./push.js";
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
  return createFirebasePush({
    messaging: {
      ...{ getMessaging, getToken, deleteToken, hasPermission, requestPermission },
      ...{ onTokenRefresh, onNotificationOpenedApp, getInitialNotification },
    },
    permissions: PermissionsAndroid,
    platform: Platform,
  });
}
