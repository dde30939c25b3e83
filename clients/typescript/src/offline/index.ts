/**
 * The club offline: the last known state is kept over restarts and shown at once, with `fromCache` set.
 *
 * ```ts
 * const cache = createOfflineCache(client, { storage: AsyncStorage });
 * const club = createClub(client, { outbox, cache });
 * ```
 */
export { createOfflineCache } from "./cache.js";
export type { OfflineCacheOptions } from "./cache.js";
export type { CachedNotifications, CachedProfile, CachedRoom, CachedState, CacheUse, OfflineCache, OpenCache } from "./types.js";
