import type { Readable } from "../index.js";

/** A Readable with a setter. */
export interface State<T> extends Readable<T> {
  set(value: T): void;
}

export function createState<T>(value: T): State<T> {
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(next) {
      value = next;
      listeners.forEach((listener) => listener());
    },
  };
}
