import type { Fetch, KeyValueStorage } from "../index.js";

/** The parts of Expo's and React Native's modules that this client uses. The real ones fit as they are. */
export interface ExpoModules {
  /** expo-secure-store. */
  readonly secureStore: SecureStore;
  /** @react-native-async-storage/async-storage. */
  readonly asyncStorage: KeyValueStorage;
  /** AppState of react-native. */
  readonly appState: AppState;
  /** Platform.OS of react-native. */
  readonly os: string;
  /** @react-native-community/netinfo. */
  readonly netInfo: NetInfo;
  /** That of expo/fetch. */
  readonly fetch: Fetch;
  /** expo-web-browser. */
  readonly webBrowser: WebBrowser;
  /** expo-linking. */
  readonly linking: Linking;
}

export interface SecureStore {
  readonly AFTER_FIRST_UNLOCK: number;
  getItemAsync(key: string): Promise<string | null>;
  setItemAsync(key: string, value: string, options: { keychainAccessible: number }): Promise<void>;
  deleteItemAsync(key: string): Promise<void>;
}

export interface AppState {
  addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
}

export interface NetInfo {
  addEventListener(listener: (state: NetInfoState) => void): () => void;
}

export interface NetInfoState {
  /** "wifi", "cellular", "none" and others. */
  readonly type: string;
  readonly isConnected: boolean | null;
  readonly isInternetReachable?: boolean | null;
}

export interface WebBrowser {
  openAuthSessionAsync(url: string, redirectUrl: string): Promise<{ type: string; url?: string }>;
}

export interface Linking {
  createURL(path: string): string;
  getInitialURL(): Promise<string | null>;
  addEventListener(type: "url", listener: (event: { url: string }) => void): { remove(): void };
}
