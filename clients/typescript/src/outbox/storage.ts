import { exclusive, hold, isHeld } from "../locks.js";
import { atOnce } from "../storage.js";
import type { KeyValueStorage } from "../storage.js";
import { randomId } from "../timers.js";

/** The tabs that have a list. Older versions of the program, without a key per tab, stored the lists themselves here. */
type Tabs<T> = Record<string, T[]>;

/** The lists that this program has opened on a storage, and whether they are still open. */
const opened = new WeakMap<KeyValueStorage, Map<string, boolean>>();

const lockMs = 5_000;

/** The stored list of one tab; every tab has its own. */
export interface StoredList {
  /** Writes the list as of this call or later. Writes run one at a time; calls during a write share the next one. */
  save(): Promise<void>;
  /** Takes over the lists of closed tabs. Runs one at a time; calls during a run share the next one. */
  adopt(): Promise<void>;
  /** Lets other tabs take over the list. No method must be called after close. */
  close(): Promise<void>;
}

export interface ListConfig<T> {
  /** Returns what is to be written. */
  readonly list: () => T[];
  /** Must add items of closed tabs to this tab's list, which is then written. */
  readonly take: (found: T[]) => void;
  /** Is called with the items written last if another tab has taken them over, believing this one closed: they must not be sent from here. */
  readonly lost: (taken: T[]) => void;
}

/** Opens the list of this tab. `key` holds the index of tabs and is the prefix of their keys. */
export function openList<T>(storage: KeyValueStorage, key: string, { list, take, lost }: ListConfig<T>): StoredList {
  const me = randomId();
  const keyOf = (tab: string) => `${key}.${tab}`;
  const own = opened.get(storage) ?? new Map<string, boolean>();
  opened.set(storage, own);
  own.set(me, true);
  const release = hold(keyOf(me));
  let written: T[] = [];

  const change = (steps: () => Generator<unknown, void, string | null>) => exclusive(storage, key, lockMs, () => atOnce(steps()));

  function* writeTabs(f: (tabs: Tabs<T>) => void): Generator<unknown, void, string | null> {
    const before = yield storage.getItem(key);
    const tabs = parse<Tabs<T>>(before, {});
    f(tabs);
    const after = JSON.stringify(tabs);
    if (after !== (before ?? "{}")) {
      yield after === "{}" ? storage.removeItem(key) : storage.setItem(key, after);
    }
  }

  function* writeList(): Generator<unknown, void, string | null> {
    const before = yield storage.getItem(keyOf(me));
    if (before === null && written.length > 0) {
      const taken = written;
      written = [];
      lost(taken);
    }
    const items = list();
    const after = JSON.stringify(items);
    if (items.length > 0) {
      // The index first, so that other tabs find the list.
      yield* writeTabs((tabs) => (tabs[me] ??= []));
    }
    if (after !== (before ?? "[]")) {
      yield items.length > 0 ? storage.setItem(keyOf(me), after) : storage.removeItem(keyOf(me));
    }
    written = items;
  }

  const saving = oneAtATime(() => change(writeList));

  /** Returns the other tabs that are closed. Never this one, which may close meanwhile: it would delete its own list. */
  const findGone = async (): Promise<string[]> => {
    const tabs = Object.keys(parse<Tabs<T>>(await storage.getItem(key), {})).filter((tab) => tab !== me);
    const held = await Promise.all(tabs.map((tab) => own.get(tab) ?? isHeld(keyOf(tab))));
    return tabs.filter((_, i) => !held[i]);
  };

  return {
    save: saving.run,
    adopt: oneAtATime(async () => {
      const gone = await findGone();
      await change(function* () {
        const tabs = parse<Tabs<T>>(yield storage.getItem(key), {});
        for (const tab of gone.filter((tab) => tab in tabs)) {
          const left = parse<T[]>(yield storage.getItem(keyOf(tab)), []);
          take([...(tabs[tab] ?? []), ...left]);
          // The items are in both lists for a moment, and always in one.
          yield* writeList();
          yield storage.removeItem(keyOf(tab));
          yield* writeTabs((now) => delete now[tab]);
        }
      });
    }).run,
    async close() {
      await saving.last()?.catch(() => undefined);
      await change(function* () {
        // Checked under the lock, since an adoption may have written the list just before.
        if (written.length === 0) {
          yield* writeTabs((tabs) => delete tabs[me]);
        }
      }).catch(() => undefined);
      own.set(me, false);
      release();
    },
  };
}

/** Runs f one at a time: calls during a run share the next one. */
function oneAtATime(f: () => Promise<void>) {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = f().finally(() => (running = undefined));
    return running;
  };
  const run = (): Promise<void> => next ?? (running === undefined ? start() : (next = running.catch(() => undefined).then(start)));
  return { run, last: () => next ?? running };
}

/** Parses what is stored; `none` if it cannot be read. */
function parse<T extends object>(text: string | null, none: T): T {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && Array.isArray(value) === Array.isArray(none) ? (value as T) : none;
  } catch {
    return none;
  }
}
