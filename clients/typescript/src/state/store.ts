import { throwLater } from "../timers.js";
import type { Readable } from "./observable.js";

/**
 * A part of the state that is computed when it is read. `compute` gets the value that it returned before, and returns that again if
 * nothing has changed.
 */
export interface Slice<T> extends Readable<T> {
  /** Marks it as possibly changed. Listeners are notified at the end of the batch. */
  readonly touch: () => void;
  /** Reports whether it has listeners. */
  readonly isWatched: () => boolean;
}

/** Slices by a key. */
export interface Slices<T> {
  readonly of: (key: string) => Slice<T>;
  /** Touches the slice of a key, if there is one. */
  readonly touch: (key: string) => void;
  readonly touchAll: () => void;
}

/** Creates slices, and notifies their listeners of changes, once for each batch. */
export class Batch {
  private readonly touched = new Set<() => void>();
  private depth = 0;

  /** `changed` is called after each batch in which something may have changed. */
  constructor(private readonly changed: () => void = () => {}) {}

  slice<T>(compute: (before: T | undefined) => T): Slice<T> {
    return this.create(compute, false);
  }

  /** Creates a slice. If it forgets, it drops a value that is out of date while it has no listeners. */
  private create<T>(compute: (before: T | undefined) => T, forgets: boolean): Slice<T> {
    const listeners = new Set<() => void>();
    let last: { value: T } | undefined;
    let dirty = true;
    const notify = () => [...listeners].forEach(call);
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
      isWatched: () => listeners.size > 0,
      touch: () => {
        dirty = true;
        if (forgets && listeners.size === 0) {
          last = undefined;
        }
        this.add(notify);
      },
    };
  }

  /** Returns one slice for each key, the same at every call. */
  slices<T>(compute: (key: string, before: T | undefined) => T): Slices<T> {
    const created = new Map<string, Slice<T>>();
    const of = (key: string) => {
      const slice = created.get(key) ?? this.create<T>((before) => compute(key, before), true);
      created.set(key, slice);
      return slice;
    };
    const touch = (key: string) => {
      const slice = created.get(key);
      if (slice === undefined) {
        this.add(nothing);
      } else {
        slice.touch();
      }
    };
    return { of, touch, touchAll: () => created.forEach((slice) => slice.touch()) };
  }

  /** Runs f, and then notifies the listeners of all that it has changed. */
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

  private add(notify: () => void): void {
    this.touched.add(notify);
    if (this.depth === 0) {
      this.flush();
    }
  }

  private flush(): void {
    while (this.touched.size > 0) {
      const all = [...this.touched];
      this.touched.clear();
      all.forEach((f) => f());
      this.changed();
    }
  }
}

const nothing = () => {};

/** Calls a listener. Its error is reported as an uncaught one, so that the other listeners are called. */
function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    throwLater(error);
  }
}

/** Returns `before` if the two lists have the same items. */
export function sameItems<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  const same = before?.length === now.length && before.every((item, i) => Object.is(item, now[i]));
  return same ? before : now;
}

/** Returns `before` if the two objects have the same fields. */
export function sameFields<T extends object>(before: T | undefined, now: T): T {
  if (before === undefined) {
    return now;
  }
  const keys = Object.keys(now) as (keyof T)[];
  const same = keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], now[key]));
  return same ? before : now;
}
