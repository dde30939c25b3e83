import type { OfflineCache } from "@dongbaejul/client/offline";
import type { ClubClient } from "./client";
import { keptStorage } from "./kept";

/** Creates the cache of the club's state. Its code is loaded after the board's; the club does not wait for it. */
export function createCache(client: ClubClient): OfflineCache {
  const loaded = import("@dongbaejul/client/offline").then(({ createOfflineCache }) =>
    createOfflineCache(client, { storage: keptStorage }),
  );
  // If its code cannot be loaded, nothing is cached.
  loaded.catch(() => undefined);
  return {
    open(userId, use) {
      const opened = loaded.then((cache) => cache.open(userId, use));
      return {
        changed: () => void opened.then((cache) => cache.changed()).catch(() => undefined),
        close: () => opened.then((cache) => cache.close()).catch(() => undefined),
      };
    },
    clear: async () => (await loaded).clear(),
    close: async () => (await loaded).close(),
  };
}
