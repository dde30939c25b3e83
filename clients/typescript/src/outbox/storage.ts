import { exclusive, webLocks } from "../locks.js";
import type { KeyValueStorage } from "../storage.js";
import { randomId } from "../timers.js";

/** The stored lists of one user's tabs, by tab: each writes its own, and takes over those of tabs that are gone. */
type Lists<T> = Record<string, T[]>;

/** The lists that are open on a storage, in this program. */
const writers = new WeakMap<KeyValueStorage, Set<string>>();

const patienceMs = 5_000;

/** A stored list that belongs to one tab, beside those of the others. */
export interface StoredList<T> {
  /** Writes the list as it is at the call or later. One write at a time; calls in between share the next one. */
  save(): Promise<void>;
  /** Takes over the lists of tabs that are gone: `take` must add what it is called with to this tab's list, which is then written. */
  adopt(take: (found: T[]) => void): Promise<void>;
  /** Lets others take over. Nothing must be called after close. */
  close(): Promise<void>;
}

/** Opens the list under key. `list` returns what is to be written. */
export function openList<T>(storage: KeyValueStorage, key: string, list: () => T[]): StoredList<T> {
  const me = randomId();
  const living = writers.get(storage) ?? new Set<string>();
  writers.set(storage, living);
  living.add(me);
  const release = holdLock(`${key}.${me}`);
  let writing: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  /** Changes what is stored under a lock. */
  const change = (f: (lists: Lists<T>) => Promise<void>) =>
    exclusive(storage, key, patienceMs, async () => {
      const lists = parse<T>(await storage.getItem(key));
      const before = JSON.stringify(lists);
      await f(lists);
      const mine = list();
      if (mine.length > 0) {
        lists[me] = mine;
      } else {
        delete lists[me];
      }
      const after = JSON.stringify(lists);
      if (Object.keys(lists).length === 0) {
        await storage.removeItem(key);
      } else if (after !== before) {
        await storage.setItem(key, after);
      }
    });
  const write = (): Promise<void> => {
    writing = change(async () => {}).finally(() => (writing = undefined));
    return writing;
  };

  return {
    save() {
      if (writing === undefined) {
        return write();
      }
      next ??= writing
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return write();
        });
      return next;
    },
    adopt: (take) =>
      change(async (lists) => {
        for (const [owner, left] of Object.entries(lists)) {
          if (owner !== me && !living.has(owner) && (await isFree(`${key}.${owner}`))) {
            take(left);
            delete lists[owner];
          }
        }
      }),
    async close() {
      await (next ?? writing)?.catch(() => undefined);
      living.delete(me);
      release();
    },
  };
}

/** Holds a lock, if there are Web Locks. Returns what releases it. */
function holdLock(name: string): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  webLocks()
    ?.request(name, {}, () => held)
    .catch(() => undefined);
  return release;
}

async function isFree(name: string): Promise<boolean> {
  try {
    return (await webLocks()?.request(name, { ifAvailable: true }, (lock) => Promise.resolve(lock !== null))) ?? true;
  } catch {
    return true;
  }
}

/** Parses the stored lists; none if they cannot be read. */
function parse<T>(text: string | null): Lists<T> {
  try {
    const lists: unknown = JSON.parse(text ?? "{}");
    return typeof lists === "object" && lists !== null && !Array.isArray(lists) ? (lists as Lists<T>) : {};
  } catch {
    return {};
  }
}
