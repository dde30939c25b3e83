import { DevicePlatform } from "../../src/index.js";
import type { KeyValueStorage } from "../../src/index.js";
import type { ExpoModules, NetInfoState } from "../../src/expo/modules.js";
import type { PushService } from "../../src/expo/push.js";

/** A device: what stays while apps on it start and end. */
export class Device {
  /** What is in the safe, with how it may be read. */
  readonly safe = new Map<string, { value: string; keychainAccessible: number }>();
  /** What is in AsyncStorage. */
  readonly stored = new Map<string, string>();
  readonly storage: KeyValueStorage = {
    getItem: (key) => Promise.resolve(this.stored.get(key) ?? null),
    setItem: (key, value) => Promise.resolve(void this.stored.set(key, value)),
    removeItem: (key) => Promise.resolve(void this.stored.delete(key)),
  };
  /** The link that the app was started with. */
  initialUrl: string | null = null;
  /** What the user does on the consent page: returns how the browser is left. */
  browse: (authUrl: string) => Promise<{ type: string; url?: string }> = () => Promise.resolve({ type: "cancel" });
  readonly push = new FakePush();

  private readonly appStates = new Set<(state: string) => void>();
  private readonly networks = new Set<(state: NetInfoState) => void>();
  private readonly links = new Set<(event: { url: string }) => void>();
  private network: NetInfoState = { type: "wifi", isConnected: true, isInternetReachable: true };

  readonly modules: ExpoModules = {
    secureStore: {
      AFTER_FIRST_UNLOCK: 7,
      getItemAsync: (key) => Promise.resolve(this.safe.get(key)?.value ?? null),
      setItemAsync: (key, value, { keychainAccessible }) => Promise.resolve(void this.safe.set(key, { value, keychainAccessible })),
      deleteItemAsync: (key) => Promise.resolve(void this.safe.delete(key)),
    },
    asyncStorage: this.storage,
    appState: { addEventListener: (_, listener) => ({ remove: added(this.appStates, listener) }) },
    os: "ios",
    netInfo: {
      addEventListener: (listener) => {
        const remove = added(this.networks, listener);
        listener(this.network);
        return remove;
      },
    },
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    webBrowser: { openAuthSessionAsync: (url) => this.browse(url) },
    linking: {
      createURL: (path) => `dongbaejul://${path}`,
      getInitialURL: () => Promise.resolve(this.initialUrl),
      addEventListener: (_, listener) => ({ remove: added(this.links, listener) }),
    },
  };

  moveTo(state: "active" | "inactive" | "background"): void {
    this.appStates.forEach((listener) => listener(state));
  }

  connectTo(network: NetInfoState): void {
    this.network = network;
    this.networks.forEach((listener) => listener(network));
  }

  follow(url: string): void {
    this.links.forEach((listener) => listener({ url }));
  }
}

/** A push service that is permitted once it was asked, and returns tokens. */
class FakePush implements PushService {
  readonly platform = DevicePlatform.IOS;
  permitted = false;
  agrees = true;
  reachable = true;
  token = `token-${Math.random()}`;
  readonly deleted: string[] = [];
  readonly opened = new Set<(data: Readonly<Record<string, string>>) => void>();
  private readonly refreshed = new Set<() => void>();

  isPermitted = () => Promise.resolve(this.permitted);
  requestPermission = () => Promise.resolve((this.permitted ||= this.agrees));
  getToken = () => (this.reachable ? Promise.resolve(this.token) : Promise.reject(new Error("SERVICE_NOT_AVAILABLE")));
  deleteToken = () => {
    if (!this.reachable) {
      return Promise.reject(new Error("SERVICE_NOT_AVAILABLE"));
    }
    this.deleted.push(this.token);
    this.token = `token-${Math.random()}`;
    return Promise.resolve();
  };
  onTokenRefresh = (listener: () => void) => added(this.refreshed, listener);
  onOpened = (listener: (data: Readonly<Record<string, string>>) => void) => added(this.opened, listener);

  replaceToken(): void {
    this.token = `token-${Math.random()}`;
    this.refreshed.forEach((listener) => listener());
  }
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
