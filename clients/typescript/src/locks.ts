import type { KeyValueStorage } from "./storage.js";

interface Locks {
  request<T>(name: string, options: { signal?: AbortSignal; ifAvailable?: boolean }, callback: (lock: unknown) => Promise<T>): Promise<T>;
}

/** Web Locks, where the program has them: they hold over all tabs of an origin. */
export function webLocks(): Locks | undefined {
  return (globalThis as unknown as { navigator?: { locks?: Locks } }).navigator?.locks;
}

/** What waits within this program, by storage and name. */
const queues = new WeakMap<KeyValueStorage, Map<string, Promise<unknown>>>();

/**
 * Runs f while nothing else runs under this name on this storage: in this program, and in other tabs where there are Web Locks. It
 * waits for other tabs `patienceMs` at most: one that the system has frozen may never let go.
 */
export async function exclusive<T>(storage: KeyValueStorage, name: string, patienceMs: number, f: () => Promise<T>): Promise<T> {
  const waiting = queues.get(storage) ?? new Map<string, Promise<unknown>>();
  queues.set(storage, waiting);
  const turn = (waiting.get(name) ?? Promise.resolve()).then(() => overTabs(name, patienceMs, f));
  const over = turn.then(ignore, ignore);
  waiting.set(name, over);
  void over.then(() => {
    if (waiting.get(name) === over) {
      waiting.delete(name);
    }
  });
  return turn;
}

async function overTabs<T>(name: string, patienceMs: number, f: () => Promise<T>): Promise<T> {
  const locks = webLocks();
  if (locks === undefined) {
    return f();
  }
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  let ran: Promise<T> | undefined;
  const run = () => {
    clearTimeout(timer);
    return (ran ??= f());
  };
  try {
    return await locks.request(name, { signal: patience.signal }, run);
  } catch {
    // Either f failed, or it had no turn: because of patience, or since a page without an origin of its own has no locks.
    return run();
  }
}

function ignore(): void {}
