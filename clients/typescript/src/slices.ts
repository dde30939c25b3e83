import { isTransient } from "./fault.js";
import type { Fault } from "./fault.js";
import type { Readable } from "./readable.js";
import { fullJitter, sleep } from "./wait.js";

/**
 * A part of the state that is computed when somebody looks at it. `compute` is given what it gave before, and gives that again
 * where nothing has changed.
 */
export interface Slice<T> extends Readable<T> {
  /** Says that it may have changed. Listeners are told at the end of the batch. */
  readonly touch: () => void;
}

/** Slices by a key. */
export interface Slices<T> {
  readonly of: (key: string) => Slice<T>;
  readonly touchAll: () => void;
}

/** Makes slices, and tells who listens to them of what has changed, once for each batch. */
export class Batch {
  private readonly touched = new Set<() => void>();
  private depth = 0;

  slice<T>(compute: (before: T | undefined) => T): Slice<T> {
    const listeners = new Set<() => void>();
    let last: { value: T } | undefined;
    let dirty = true;
    const tell = () => [...listeners].forEach((listener) => listener());
    return {
      getSnapshot: () => {
        if (dirty || last === undefined) {
          // First, so that computing may touch it again.
          dirty = false;
          last = { value: compute(last?.value) };
        }
        return last.value;
      },
      subscribe: (listener) => {
        const call = () => listener();
        listeners.add(call);
        return () => void listeners.delete(call);
      },
      touch: () => {
        dirty = true;
        this.touched.add(tell);
        if (this.depth === 0) {
          this.flush();
        }
      },
    };
  }

  /** Makes one slice for each key, the same whenever it is asked for. */
  slices<T>(compute: (key: string, before: T | undefined) => T): Slices<T> {
    const made = new Map<string, Slice<T>>();
    const of = (key: string) => {
      const slice = made.get(key) ?? this.slice<T>((before) => compute(key, before));
      made.set(key, slice);
      return slice;
    };
    return { of, touchAll: () => made.forEach((slice) => slice.touch()) };
  }

  /** Runs f, and tells of all that it has changed when it is done. */
  run<T>(f: () => T): T {
    this.depth++;
    try {
      return f();
    } finally {
      this.depth--;
      if (this.depth === 0) {
        this.flush();
      }
    }
  }

  private flush(): void {
    while (this.touched.size > 0) {
      const tell = [...this.touched];
      this.touched.clear();
      tell.forEach((f) => f());
    }
  }
}

/** Gives `before` where the two lists have the same items. */
export function sameItems<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  const same = before?.length === now.length && before.every((item, i) => Object.is(item, now[i]));
  return same ? before : now;
}

/** Gives `before` where the two objects have the same fields. */
export function sameFields<T extends object>(before: T | undefined, now: T): T {
  if (before === undefined) {
    return now;
  }
  const keys = Object.keys(now) as (keyof T)[];
  const same = keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], now[key]));
  return same ? before : now;
}

/** How a list is that comes from the server. */
export interface Loading {
  /** Whether it was loaded once. */
  readonly loaded: boolean;
  /** Whether it is being loaded. */
  readonly loading: boolean;
  /** Why it could not be loaded last; while that may pass, it is tried again. */
  readonly fault?: Fault;
}

/** Loads something from the server whenever it is asked to: once at a time, and until it has it. */
export class Loader {
  private state: Loading = { loaded: false, loading: false };
  private again = false;
  private early = () => {};
  private running: Promise<void> | undefined;

  /** `load` gets the thing and takes it up; it is told when nobody waits for it any more. */
  constructor(
    private readonly load: (signal: AbortSignal) => Promise<void>,
    private readonly signal: AbortSignal,
    private readonly changed: () => void,
    private readonly fault: (error: unknown) => Fault,
  ) {}

  get loading(): Loading {
    return this.state;
  }

  /** Loads it anew. Resolves when that is done, or given up. */
  request(): Promise<void> {
    if (this.running !== undefined) {
      this.again = true;
      this.early();
      return this.running;
    }
    const running = this.run();
    // One that nobody waits for is over already.
    return this.signal.aborted ? running : (this.running = running);
  }

  private async run(): Promise<void> {
    for (let attempt = 1; !this.signal.aborted; attempt++) {
      this.again = false;
      this.set({ loaded: this.state.loaded, loading: true });
      try {
        await this.load(this.signal);
        if (!this.again && !this.signal.aborted) {
          this.end({ loaded: true, loading: false });
          return;
        }
        attempt = 0;
      } catch (e) {
        const fault = this.fault(e);
        const waits = isTransient(fault) && !this.signal.aborted;
        if (!waits) {
          this.end({ loaded: this.state.loaded, loading: false, fault });
          return;
        }
        this.set({ loaded: this.state.loaded, loading: true, fault });
        const { over, early } = sleep(Math.max(fullJitter(attempt, 500, 30_000), fault.retryAfterMs ?? 0), this.signal);
        this.early = early;
        await over;
        this.early = () => {};
      }
    }
  }

  /** Ends a run before listeners are notified: a request from then on begins another. */
  private end(state: Loading): void {
    this.running = undefined;
    this.set(state);
  }

  private set(state: Loading): void {
    this.state = state;
    this.changed();
  }
}
