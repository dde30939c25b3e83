/**
 * The club in an Expo app: `createExpoClub` puts together what an app needs of Expo's modules, and the functions beside it are its
 * parts, for apps that put it together themselves. `@dongbaejul/client/react` has the hooks.
 *
 * It imports expo, expo-secure-store, expo-web-browser, expo-linking, @react-native-async-storage/async-storage and
 * @react-native-community/netinfo; `@dongbaejul/client/expo/firebase`, for pushes, imports @react-native-firebase/messaging.
 */
import AsyncStorage from "@react-native-async-storage/async-storage";
import NetInfo from "@react-native-community/netinfo";
import * as Linking from "expo-linking";
import * as SecureStore from "expo-secure-store";
import * as WebBrowser from "expo-web-browser";
import { fetch } from "expo/fetch";
import { AppState, Platform } from "react-native";
import type { KeyValueStorage, Lifecycle } from "../index.js";
import { createClubWith } from "./club.js";
import type { ExpoClub, ExpoClubOptions } from "./club.js";
import { appLifecycle } from "./lifecycle.js";
import type { ExpoModules } from "./modules.js";
import { tokenStorage } from "./storage.js";

export type { ExpoClub, ExpoClubOptions } from "./club.js";
export type { Push, PushService, PushState, PushTarget } from "./push.js";
export type { SignInState } from "./sign-in.js";

const modules: ExpoModules = {
  secureStore: SecureStore,
  asyncStorage: AsyncStorage,
  appState: AppState,
  os: Platform.OS,
  netInfo: NetInfo,
  fetch,
  webBrowser: WebBrowser,
  linking: Linking,
};

/**
 * Creates the client and the club of an app: tokens in SecureStore, the outbox in AsyncStorage, streams by expo/fetch, AppState and
 * NetInfo as the lifecycle, sign-in in the system's browser. Call it once, outside of components.
 */
export function createExpoClub(options: ExpoClubOptions): ExpoClub {
  return createClubWith(modules, options);
}

/** Returns the storage for tokens; see ConnectionOptions. */
export function secureStorage(): KeyValueStorage {
  return tokenStorage(modules);
}

/** Returns the lifecycle of an app by AppState and NetInfo; see ConnectionOptions. */
export function expoLifecycle(): Lifecycle {
  return appLifecycle(modules);
}
