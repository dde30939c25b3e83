import { useCallback, useInsertionEffect, useMemo, useRef, useState } from "react";
import type { Fault, Loading } from "../index.js";
import { useClient } from "./provider.js";
import { useUserId } from "./session.js";

/** The state of something that is loaded from the server. */
export interface Loadable {
  /** Whether it was loaded. Before that, an empty list means that nothing is known. */
  readonly isLoaded: boolean;
  /** Whether it comes from an OfflineCache, since the server has not answered yet. */
  readonly fromCache: boolean;
  readonly isLoading: boolean;
  /** Why the last attempt failed. It is retried while the error is transient. */
  readonly error: Fault | undefined;
}

/** Returns the state of a list of the club. */
export function loadableOf({ loaded, fromCache, loading, fault }: Loading): Loadable {
  return { isLoaded: loaded, fromCache, isLoading: loading, error: fault };
}

/** The loading of the older part of a list. */
export interface Older {
  /** Whether the server has older items. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  /** Loads a page of older items, if there are any. The promise resolves when that is done, and never rejects. */
  loadOlder(): Promise<void>;
}

export interface Task {
  readonly isRunning: boolean;
  /** Why the last run failed. */
  readonly error: Fault | undefined;
  /** Runs the task, one run at a time. Never rejects. */
  run(): Promise<void>;
}

/** Returns the last error for the signed-in user, and its setter. Each `of` has its own. */
export function useError(of = ""): [error: Fault | undefined, setError: (error: Fault | undefined) => void] {
  const userId = useUserId();
  const [state, setState] = useState<{ userId: string | undefined; of: string; error: Fault | undefined }>();
  const setError = useStable((error: Fault | undefined) => setState({ userId, of, error }));
  return [state?.userId === userId && state?.of === of ? state?.error : undefined, setError];
}

/** Runs an asynchronous task. `task` must be memoized: another one has its own state, and so has another user. */
export function useTask(task: () => Promise<void>): Task {
  const client = useClient();
  const userId = useUserId();
  const latestUser = useStable(() => userId);
  const [state, setState] = useState<{ task: typeof task; userId: string | undefined; isRunning: boolean; error: Fault | undefined }>();
  const run = useMemo(() => {
    let running: Promise<void> | undefined;
    const attempt = async () => {
      let error: Fault | undefined;
      const userId = latestUser();
      setState({ task, userId, isRunning: true, error });
      try {
        await task();
      } catch (e) {
        const fault = client.fault(e);
        // The user has signed out in the meantime.
        error = fault.kind === "canceled" ? undefined : fault;
      }
      running = undefined;
      // The task or the user may be another one by now.
      setState((now) => (now?.task === task && now.userId === userId ? { task, userId, isRunning: false, error } : now));
    };
    return () => (running ??= attempt());
  }, [client, task, latestUser]);
  const mine = state?.task === task && state.userId === userId ? state : undefined;
  return { isRunning: mine?.isRunning ?? false, error: mine?.error, run };
}

/** Returns a function that keeps its identity and calls the one of the latest render. It must not be called while rendering. */
export function useStable<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  const latest = useRef(f);
  useInsertionEffect(() => {
    latest.current = f;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
