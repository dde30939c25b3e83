import type { KeyValueStorage } from "../../src/index.js";

/** Web Locks, as a browser has them for all tabs of an origin. */
export class Locks {
  private readonly held = new Map<string, Promise<unknown>>();

  async request<T>(
    name: string,
    options: { signal?: AbortSignal; ifAvailable?: boolean },
    callback: (lock: object | null) => Promise<T>,
  ): Promise<T> {
    if (options.ifAvailable === true && this.held.has(name)) {
      return callback(null);
    }
    while (this.held.has(name)) {
      const patience = new Promise<never>((_, reject) => {
        options.signal?.addEventListener("abort", () => reject(new Error("AbortError")));
      });
      await Promise.race([this.held.get(name), patience]);
    }
    const ran = callback({});
    const over = ran.then(
      () => undefined,
      () => undefined,
    );
    this.held.set(name, over);
    await over;
    this.held.delete(name);
    return ran;
  }
}

/** What a tab sees of a storage that is shared: the same things by another object. */
export function seenBy(shared: KeyValueStorage): KeyValueStorage {
  return {
    getItem: async (key) => shared.getItem(key),
    setItem: async (key, value) => shared.setItem(key, value),
    removeItem: async (key) => shared.removeItem(key),
  };
}
