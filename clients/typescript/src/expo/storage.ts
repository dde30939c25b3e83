import type { KeyValueStorage } from "../index.js";
import type { ExpoModules } from "./modules.js";

/**
 * Returns the storage for tokens: the keychain of iOS, and a file that Android's keystore encrypts. It can be read while the device
 * is locked, after the first unlock: a notification may start the app then. On the web it is the storage of the page's origin.
 *
 * Some versions of both systems take no more than 2,048 bytes a value. A session of all permissions has half of that.
 */
export function tokenStorage({ secureStore, asyncStorage, os }: Pick<ExpoModules, "secureStore" | "asyncStorage" | "os">): KeyValueStorage {
  if (os === "web") {
    return asyncStorage;
  }
  return {
    getItem: (key) => secureStore.getItemAsync(key),
    setItem: (key, value) => secureStore.setItemAsync(key, value, { keychainAccessible: secureStore.AFTER_FIRST_UNLOCK }),
    removeItem: (key) => secureStore.deleteItemAsync(key),
  };
}
