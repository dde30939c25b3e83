import type { Connection } from "../connection.js";
import type { KeyValueStorage } from "../storage.js";
import { bounded, fullJitter, sleep } from "../timers.js";
import { Entries, removeEntries } from "./entries.js";
import { stateOf } from "./parts.js";
import type { CacheUse, OfflineCache, OpenCache } from "./types.js";

export interface OfflineCacheOptions {
  /** Where the state is kept, such as AsyncStorage or localStorage. Not a keychain: it is too much for one. It may be shared by tabs. */
  storage: KeyValueStorage;
  /** How many bytes may be stored. What does not fit is left out: the rooms that were active longest ago first. 2,000,000. */
  maxBytes?: number;
  /** How long changes are collected before they are written, in milliseconds. 2,000. */
  delayMs?: number;
}

/**
 * Creates the cache that lets a club be shown without a network: `createClub(client, { cache: createOfflineCache(client, { storage }) })`.
 * What is shown from it has `fromCache` set, until the server's answer replaces it.
 */
export function createOfflineCache(connection: Connection, options: OfflineCacheOptions): OfflineCache {
  const { storage, maxBytes = 2_000_000, delayMs = 2_000 } = options;
  const { state } = connection.session;
  const closing = new AbortController();
  let opened: OpenCache | undefined;
  let deleted: Promise<void> = Promise.resolve();

  const userId = () => {
    const now = state.getSnapshot();
    return now.status === "signed_in" ? now.userId : undefined;
  };
  /** Deletes the state of users who are not signed in. Retries until that has succeeded. */
  const deleteOthers = async () => {
    for (let attempt = 1; state.getSnapshot().status !== "unknown" && !closing.signal.aborted; attempt++) {
      try {
        await removeEntries(storage, userId());
        return;
      } catch {
        await sleep(fullJitter(attempt, 500, 30_000), closing.signal).over;
      }
    }
  };
  const changed = () => {
    deleted = deleted.then(deleteOthers);
  };
  const unwatch = state.subscribe(changed);
  connection.session.ready().then(changed, () => undefined);

  return {
    open(user, use) {
      opened = openUser(new Entries(storage, user, maxBytes), use, {
        ...{ lifecycle: connection.lifecycle, log: connection.log, delayMs },
        isValid: () => userId() === user && !closing.signal.aborted,
      });
      return opened;
    },
    clear: () => removeEntries(storage),
    async close() {
      await opened?.close();
      unwatch();
      closing.abort();
      await deleted;
    },
  };
}

/** How long closing waits for the storage. */
const closeMs = 5_000;

interface Opening {
  readonly lifecycle: Connection["lifecycle"];
  readonly log: Connection["log"];
  readonly delayMs: number;
  /** Reports whether the user is still signed in, so that their data may be read and written. */
  readonly isValid: () => boolean;
}

function openUser(entries: Entries, { restore, state }: CacheUse, { lifecycle, log, delayMs, isValid }: Opening): OpenCache {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The number of consecutive failures of the storage. */
  let failures = 0;
  let closed = false;

  const read = async () => {
    const cached = stateOf(await entries.read());
    if (!closed && isValid() && Object.values(cached).some((part) => part !== undefined)) {
      entries.note(cached);
      restore(cached);
    }
  };
  /** The read and the writes, one after another. */
  let turn: Promise<void> = read().catch(() => undefined);

  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    turn = turn.then(async () => {
      if (isValid()) {
        await entries.write(state(), isValid);
        failures = 0;
      }
    });
    turn = turn.catch(() => {
      log("warn", "cache cannot be written", { failures: ++failures });
      changed();
    });
    return turn;
  };
  const changed = () => {
    if (!closed) {
      timer ??= setTimeout(() => void write(), Math.min(60_000, delayMs * 2 ** failures));
    }
  };
  const unwatch = lifecycle?.onBackground(() => void (timer !== undefined && write()));

  return {
    changed,
    close: () => {
      unwatch?.();
      const last = write();
      closed = true;
      // Closing does not wait for a storage that does not answer.
      return bounded(last, closeMs, undefined, () => undefined).catch(() => undefined);
    },
  };
}
