/**
 * A value that changes, as React's `useSyncExternalStore` reads it: `useSyncExternalStore(x.subscribe, x.getSnapshot)`. Between
 * two changes the snapshot is one and the same object; snapshots are not to be changed.
 */
export interface Readable<T> {
  readonly getSnapshot: () => T;
  /** Calls the listener after every change. Returns a function that removes it. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** A Readable that can be set. */
export interface Cell<T> extends Readable<T> {
  /** Sets the value, and notifies the listeners if it is another one. */
  readonly set: (value: T) => void;
}

/** Creates a Cell. */
export function cell<T>(value: T): Cell<T> {
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => value,
    subscribe: (listener) => {
      // Wrapped, so that one function that is passed twice is two listeners.
      const call = () => listener();
      listeners.add(call);
      return () => void listeners.delete(call);
    },
    set: (next) => {
      if (Object.is(next, value)) {
        return;
      }
      value = next;
      for (const listener of [...listeners]) {
        listener();
      }
    },
  };
}

/**
 * A part of a Readable: it changes only when `select` returns another value, compared by `same` (Object.is when left out).
 * Create it once, not at every render.
 */
export function selected<T, S>(from: Readable<T>, select: (value: T) => S, same: (a: S, b: S) => boolean = Object.is): Readable<S> {
  let last: { source: T; value: S } | undefined;
  const getSnapshot = (): S => {
    const source = from.getSnapshot();
    if (last === undefined || !Object.is(source, last.source)) {
      const value = select(source);
      last = { source, value: last !== undefined && same(last.value, value) ? last.value : value };
    }
    return last.value;
  };
  return {
    getSnapshot,
    subscribe: (listener) => {
      let notified = getSnapshot();
      return from.subscribe(() => {
        const now = getSnapshot();
        if (!Object.is(now, notified)) {
          notified = now;
          listener();
        }
      });
    },
  };
}
