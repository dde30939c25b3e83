import { exclusive, hold, isHeld } from "../locks.js";
import { atOnce } from "../storage.js";
import type { KeyValueStorage } from "../storage.js";
import { randomId } from "../timers.js";

/** The tabs that have lists. Programs before there was a key for each tab kept the lists themselves here. */
type Tabs<T> = Record<string, T[]>;

/** The lists on a storage that this program has opened, and whether they are open. */
const opened = new WeakMap<KeyValueStorage, Map<string, boolean>>();

const lockMs = 5_000;

/** A stored list that belongs to one tab, beside those of the others. */
export interface StoredList {
  /** Writes the list as it is at the call or later. One write at a time; calls in between share the next one. */
  save(): Promise<void>;
  /** Takes over the lists of tabs that are gone. One at a time; calls in between share the next one. */
  adopt(): Promise<void>;
  /** Lets others take over. Nothing must be called after close. */
  close(): Promise<void>;
}

export interface ListConfig<T> {
  /** Returns what is to be written. */
  readonly list: () => T[];
  /** Must add the lists of tabs that are gone to this tab's list, which is then written. */
  readonly take: (found: T[]) => void;
  /** Is called with what was written last if another tab has taken it over, which believes that this one is gone: it must not be sent from here. */
  readonly lost: (taken: T[]) => void;
}

/** Opens the list of this tab, under a key of its own beside those under `key`. */
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
      // First, so that what is written is found.
      yield* writeTabs((tabs) => (tabs[me] ??= []));
    }
    if (after !== (before ?? "[]")) {
      yield items.length > 0 ? storage.setItem(keyOf(me), after) : storage.removeItem(keyOf(me));
    }
    written = items;
  }

  const saving = oneAtATime(() => change(writeList));

  /** Returns the other tabs that are gone. This one may be closed while it looks: its list must stay. */
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
          // In both lists for a moment, and never in none.
          yield* writeList();
          yield storage.removeItem(keyOf(tab));
          yield* writeTabs((now) => delete now[tab]);
        }
      });
    }).run,
    async close() {
      await saving.last()?.catch(() => undefined);
      await change(function* () {
        // Asked here only: an adoption may have had its turn before this one.
        if (written.length === 0) {
          yield* writeTabs((tabs) => delete tabs[me]);
        }
      }).catch(() => undefined);
      own.set(me, false);
      release();
    },
  };
}

/** Runs f once at a time: calls while it runs share the next run. */
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
