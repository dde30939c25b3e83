import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Settles as p does, but not later than `ms` (0 for no end) or the signal: some fetches never settle when they are aborted. What p
 * does after that is ignored.
 */
export function bounded<T>(p: Promise<T>, ms: number, signal: AbortSignal | undefined, late: () => unknown): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = ms > 0 ? setTimeout(() => settle(() => reject(late())), ms) : undefined;
    const aborted = () => settle(() => reject(new ConnectError("canceled", Code.Canceled)));
    const settle = (how: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      how();
    };
    if (signal?.aborted === true) {
      aborted();
    } else {
      signal?.addEventListener("abort", aborted);
    }
    p.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** A signal that aborts when another does, and can be aborted alone. */
export interface Linked {
  readonly signal: AbortSignal;
  /** Aborts it, and removes its listener from the other. */
  readonly end: () => void;
}

/** Links a signal to another. `end` must be called, or the other one keeps its listener. */
export function linked(to: AbortSignal | undefined): Linked {
  const abort = new AbortController();
  const end = () => {
    to?.removeEventListener("abort", end);
    abort.abort();
  };
  to?.addEventListener("abort", end);
  if (to?.aborted === true) {
    end();
  }
  return { signal: abort.signal, end };
}

/** Waits `ms`, or until `early` is called or the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): { readonly over: Promise<void>; readonly early: () => void } {
  let early = () => {};
  const over = new Promise<void>((resolve) => {
    early = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", early);
      resolve();
    };
    const timer = setTimeout(early, ms);
    signal?.addEventListener("abort", early);
    if (signal?.aborted === true) {
      early();
    }
  });
  return { over, early };
}

/** Returns a random delay before an attempt, counted from 1: up to minMs, doubled with each attempt, and never over maxMs. */
export function fullJitter(attempt: number, minMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30));
}

/** Returns a random 128-bit id in hex. It need not be secret, only unique. */
export function randomId(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as unknown as { crypto?: { getRandomValues?(a: Uint8Array): Uint8Array } };
  if (crypto?.getRandomValues !== undefined) {
    crypto.getRandomValues(bytes);
  } else {
    // React Native has no crypto of its own.
    bytes.forEach((_, i) => (bytes[i] = Math.floor(Math.random() * 256)));
  }
  let id = "";
  bytes.forEach((b) => (id += b.toString(16).padStart(2, "0")));
  return id;
}

/** Yields the items of a list. */
export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Throws an error later, so that it is reported as uncaught and the caller continues. */
export function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}
