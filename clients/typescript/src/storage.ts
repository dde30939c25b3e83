/**
 * Stores texts by key over restarts. `localStorage` and React Native's AsyncStorage fit as they are; the README shows one on
 * expo-secure-store, for tokens.
 */
export interface KeyValueStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Returns a storage in memory, which lasts as long as the program runs. */
export function memoryStorage(): KeyValueStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/**
 * Runs steps that yield what they wait for. If the storage is synchronous, as localStorage is, they run without a pause in which
 * another tab could write.
 */
export async function atOnce<T>(steps: Generator<unknown, T, any>): Promise<T> {
  for (let step = steps.next(); ; ) {
    if (step.done === true) {
      return step.value;
    }
    const { value } = step;
    step = steps.next(value instanceof Promise ? await value : value);
  }
}

/** Returns the length of a text in bytes of UTF-8. Storages that count UTF-16, as localStorage does, take up to twice as much for it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair is 2 of its 4 bytes.
    bytes += unit < 0x80 ? 0 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
