import type { KeyValueStorage } from "./storage.js";
import { sleep } from "./timers.js";

interface Locks {
  request<T>(name: string, options: { signal?: AbortSignal; ifAvailable?: boolean }, callback: (lock: unknown) => Promise<T>): Promise<T>;
}

/** Returns Web Locks, if there are any: they are held across all tabs of an origin. */
export function webLocks(): Locks | undefined {
  return (globalThis as unknown as { navigator?: { locks?: Locks } }).navigator?.locks;
}

/** The callers that wait within this program, by storage and name. */
const queues = new WeakMap<KeyValueStorage, Map<string, Promise<unknown>>>();

/**
 * Runs f while nothing else runs under this name on this storage: in this program and, with Web Locks, in other tabs. It waits for
 * other tabs for at most `lockMs`, since a tab that the system has frozen may never release its lock.
 */
export async function exclusive<T>(storage: KeyValueStorage, name: string, lockMs: number, f: () => Promise<T>): Promise<T> {
  const waiting = queues.get(storage) ?? new Map<string, Promise<unknown>>();
  queues.set(storage, waiting);
  const turn = (waiting.get(name) ?? Promise.resolve()).then(() => overTabs(name, lockMs, f));
  const over = turn.then(ignore, ignore);
  waiting.set(name, over);
  void over.then(() => {
    if (waiting.get(name) === over) {
      waiting.delete(name);
    }
  });
  return turn;
}

async function overTabs<T>(name: string, lockMs: number, f: () => Promise<T>): Promise<T> {
  const locks = webLocks();
  if (locks === undefined) {
    return f();
  }
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), lockMs);
  let ran: Promise<T> | undefined;
  const run = () => {
    clearTimeout(timer);
    return (ran ??= f());
  };
  try {
    return await locks.request(name, { signal: timeout.signal }, run);
  } catch {
    // Either f failed, or it did not run: the wait was over, or locks are denied, as to a page with an opaque origin.
    return run();
  }
}

/** Without Web Locks, as on plain-http pages, tabs ask on a channel of the name whether it is held. */
const askMs = 300;
interface Channel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(data: unknown): void;
  close(): void;
  unref?(): void;
}

function openChannel(name: string): Channel | undefined {
  const { BroadcastChannel } = globalThis as { BroadcastChannel?: new (name: string) => Channel };
  try {
    const channel = BroadcastChannel && new BroadcastChannel(name);
    // Node would not end while it is open.
    channel?.unref?.();
    return channel;
  } catch {
    // Some browsers deny it where they block the storage.
    return undefined;
  }
}

/** Holds a name until the returned function is called or the tab is closed. */
export function hold(name: string): () => void {
  const locks = webLocks();
  if (locks === undefined) {
    const channel = openChannel(name);
    if (channel !== undefined) {
      channel.onmessage = ({ data }) => data === "?" && channel.postMessage("!");
    }
    return () => channel?.close();
  }
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  locks.request(name, {}, () => held).catch(() => undefined);
  return release;
}

/** Reports whether a tab holds a name. A tab that does not answer is assumed to be closed. */
export async function isHeld(name: string): Promise<boolean> {
  const locks = webLocks();
  if (locks === undefined) {
    const channel = openChannel(name);
    return channel !== undefined && (await asks(channel).finally(() => channel.close()));
  }
  try {
    return await locks.request(name, { ifAvailable: true }, (lock) => Promise.resolve(lock === null));
  } catch {
    return false;
  }
}

async function asks(channel: Channel): Promise<boolean> {
  const { over, early } = sleep(askMs);
  let answered = false;
  channel.onmessage = ({ data }) => {
    if (data === "!") {
      answered = true;
      early();
    }
  };
  channel.postMessage("?");
  await over;
  return answered;
}

function ignore(): void {}
