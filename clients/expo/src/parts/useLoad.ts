import type { Fault } from "@dongbaejul/client";
import { useClient, useConnection } from "@dongbaejul/client/react";
import { useFocusEffect } from "expo-router";
import { useCallback, useEffect, useState } from "react";

export interface Load<T> {
  readonly value: T | undefined;
  readonly isLoaded: boolean;
  readonly isLoading: boolean;
  readonly error: Fault | undefined;
  reload(): void;
}

/** Loads something whenever the screen is shown, and again with the next connection if that failed. `load` must be memoized. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const client = useClient();
  const [state, setState] = useState<{ value?: T; isLoading: boolean; error?: Fault }>({ isLoading: true });
  const [round, setRound] = useState(0);
  useFocusEffect(
    useCallback(() => {
      void round;
      const end = new AbortController();
      setState(({ value }) => ({ ...(value !== undefined && { value }), isLoading: true }));
      load(end.signal).then(
        (value) => !end.signal.aborted && setState({ value, isLoading: false }),
        (e: unknown) => !end.signal.aborted && setState(({ value }) => ({ ...(value !== undefined && { value }), isLoading: false, error: client.fault(e) })),
      );
      return () => end.abort();
    }, [client, load, round]),
  );
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const isOpen = useConnection().status === "open";
  const hasFailed = state.error !== undefined;
  useEffect(() => {
    if (isOpen && hasFailed) {
      reload();
    }
    // Once for each connection, and not for each failure.
  }, [isOpen, reload]);
  return { value: state.value, isLoaded: state.value !== undefined, isLoading: state.isLoading, error: state.error, reload };
}
