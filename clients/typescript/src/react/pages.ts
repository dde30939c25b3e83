import { useCallback, useEffect, useMemo, useState } from "react";
import { useStable, useTask } from "./loading.js";
import type { Loadable, Older } from "./loading.js";
import { useConnection, useUserId } from "./session.js";

/** A page of a list. */
export interface PageOf<T, M> {
  readonly items: readonly T[];
  /** What the answer has beside the list. */
  readonly more: M;
  /** The token of the next page; empty if there are no more. */
  readonly next: string;
}

export interface PagesHook<T, M> extends Loadable, Older {
  readonly items: readonly T[];
  /** What the first page has beside the list; undefined until it is loaded. */
  readonly more: M | undefined;
  /** Loads the list again, from its first page. Never rejects. */
  reload(): Promise<void>;
}

interface Pages<T, M> extends PageOf<T, M> {
  readonly of: unknown;
  readonly userId: string | undefined;
}

const none: readonly never[] = [];

/**
 * Reads a list of the server page by page: the first page at once, and when the connection has come back. `read` must be memoized: another
 * one has its own list, and so has another user.
 */
export function usePages<T extends { readonly id: string }, M>(read: (pageToken: string) => Promise<PageOf<T, M>>): PagesHook<T, M> {
  const userId = useUserId();
  const isOpen = useConnection().status === "open";
  const [pages, setPages] = useState<Pages<T, M>>();
  const mine = pages?.of === read && pages.userId === userId ? pages : undefined;
  const latest = useStable(() => ({ mine, userId }));
  const first = useTask(
    useCallback(async () => {
      const { userId } = latest();
      const page = await read("");
      setPages({ ...page, of: read, userId });
    }, [read, latest]),
  );
  const older = useTask(
    useCallback(async () => {
      const { mine } = latest();
      if (!mine?.next) {
        return;
      }
      const { items, next } = await read(mine.next);
      // The list may have been loaded again meanwhile.
      setPages((now) => (now === mine ? { ...mine, next, items: withoutTwice([...mine.items, ...items]) } : now));
    }, [read, latest]),
  );
  const reload = first.run;
  useEffect(() => {
    // A connection that has closed is no reason to load again.
    if (userId !== undefined && (isOpen || latest().mine === undefined)) {
      void reload();
    }
  }, [reload, userId, isOpen, latest]);
  return useMemo(
    () => ({
      items: mine?.items ?? none,
      more: mine?.more,
      isLoaded: mine !== undefined,
      fromCache: false,
      isLoading: first.isRunning,
      error: first.error ?? older.error,
      hasOlder: Boolean(mine?.next),
      isLoadingOlder: older.isRunning,
      loadOlder: older.run,
      reload,
    }),
    [mine, first.isRunning, first.error, older.error, older.isRunning, older.run, reload],
  );
}

function withoutTwice<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
