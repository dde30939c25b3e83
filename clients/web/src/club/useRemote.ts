import { useClub, useReadable } from "@dongbaejul/client/react";
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { useRemoteCache } from "../club/UserProvider";
import { nothing, type Remote } from "./remote";

export interface Asked<T> extends Remote<T> {
  /** Asks again. */
  reload(): void;
  /** Puts a known value in place of what the server said. */
  set(value: T): void;
}

/** What was asked this short a time ago, as when the app is opened, is not asked again because there is a connection now. */
const freshMs = 2000;

/**
 * Asks the server for something and shows it: at once where the same key was asked before, and again when the connection
 * comes back.
 */
export function useRemote<T>(key: string, question: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const cache = useRemoteCache();
  const asked = useRef(question);
  asked.current = question;
  const remote = useSyncExternalStore(
    useCallback((listener) => cache.subscribe(key, listener), [cache, key]),
    useCallback(() => cache.get<T>(key), [cache, key]),
  );
  const reload = useCallback(() => void cache.ask(key, (signal) => asked.current(signal)), [cache, key]);
  const set = useCallback((value: T) => cache.set(key, value), [cache, key]);

  const open = useReadable(useClub().connection).status === "open";
  useEffect(() => {
    // The first time whatever the connection is like, and then whenever it is back: what changed meanwhile was not told.
    if ((open && !cache.isFresh(key, freshMs)) || cache.get(key) === nothing) reload();
  }, [cache, key, open, reload]);
  return { ...remote, reload, set };
}

export interface Page<T> {
  items: readonly T[];
  /** The token of the page after it; empty if there is none. */
  next: string;
}

export interface Paged<T> extends Asked<readonly T[]> {
  hasMore: boolean;
  /** Asks for the next page. */
  more(): void;
  loadingMore: boolean;
}

interface Loaded<T> {
  items: readonly T[];
  next: string;
  /** Whether there are more pages than the first. */
  further: boolean;
}

/** Asks for a list page by page: for the first one by an empty token, and then for the one that a token names. */
export function usePages<T extends { id: string }>(
  key: string,
  question: (token: string, signal: AbortSignal) => Promise<Page<T>>,
): Paged<T> {
  const cache = useRemoteCache();
  const first = useRemote<Loaded<T>>(key, async (signal) => {
    const { items, next } = await question("", signal);
    // Further pages that are shown stay, or what the user is looking at would be gone.
    const shown = cache.get<Loaded<T>>(key).value;
    return shown?.further ? { ...shown, items: joined(items, shown.items) } : { items, next, further: false };
  });
  const moreKey = `${key} more`;
  const following = useSyncExternalStore(
    useCallback((listener) => cache.subscribe(moreKey, listener), [cache, moreKey]),
    useCallback(() => cache.get<undefined>(moreKey), [cache, moreKey]),
  );
  const loaded = first.value;
  const more = () => {
    if (!loaded?.next || following.loading) return;
    void cache.ask<undefined>(moreKey, async (signal) => {
      const { items, next } = await question(loaded.next, signal);
      const present = cache.get<Loaded<T>>(key).value ?? loaded;
      first.set({ items: joined(present.items, items), next, further: true });
      return undefined;
    });
  };
  return {
    value: loaded?.items,
    fault: first.fault ?? following.fault,
    loading: first.loading,
    reload: first.reload,
    set: (items) => first.set({ next: "", further: false, ...loaded, items }),
    hasMore: Boolean(loaded?.next),
    more,
    loadingMore: following.loading,
  };
}

function joined<T extends { id: string }>(items: readonly T[], more: readonly T[]): T[] {
  const known = new Set(items.map((item) => item.id));
  return [...items, ...more.filter((item) => !known.has(item.id))];
}
