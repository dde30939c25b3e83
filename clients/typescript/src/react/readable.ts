import { useMemo, useSyncExternalStore } from "react";
import { selected } from "../index.js";
import type { Readable } from "../index.js";

/** Returns the value of a Readable. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.getSnapshot, readable.getSnapshot);
}

/**
 * Returns a part of a Readable's value. The component renders again only when that part changes, as compared by `same` (Object.is
 * when left out). If `select` returns a new object each time, it must be a stable function.
 */
export function useSelected<T, S>(readable: Readable<T>, select: (value: T) => S, same: (a: S, b: S) => boolean = Object.is): S {
  return useReadable(useMemo(() => selected(readable, select, same), [readable, select, same]));
}
