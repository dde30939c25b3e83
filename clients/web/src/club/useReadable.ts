import type { Readable } from "@dongbaejul/client";
import { useMemo, useRef, useSyncExternalStore } from "react";

/** The value of a Readable; what uses it is drawn anew when it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.getSnapshot);
}

/** A part of a Readable's value; what uses it is drawn anew only when that part changes. */
export function useSelected<T, S>(readable: Readable<T>, select: (value: T) => S): S {
  const latest = useRef(select);
  latest.current = select;
  const getSnapshot = useMemo(() => {
    let last: { source: T; select: typeof select; value: S } | undefined;
    return () => {
      const source = readable.getSnapshot();
      if (!last || last.source !== source || last.select !== latest.current) {
        const value = latest.current(source);
        last = { source, select: latest.current, value: last && Object.is(last.value, value) ? last.value : value };
      }
      return last.value;
    };
  }, [readable]);
  return useSyncExternalStore(readable.subscribe, getSnapshot);
}
