import { type Fault, randomId } from "@dongbaejul/client";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { useFault } from "./queries";

export interface Action<A extends unknown[]> {
  /** Never rejects. */
  run(...args: A): Promise<void>;
  busy: boolean;
  /** Why the last run failed. */
  fault: Fault | undefined;
  forget(): void;
}

/** Returns an action that calls the server, one run at a time, with its state to show. */
export function useAction<A extends unknown[]>(action: (...args: A) => Promise<void>): Action<A> {
  const { mutateAsync, isPending, error, reset } = useMutation({ mutationFn: (args: A) => action(...args) });
  const running = useRef(false);
  const run = useCallback(
    async (...args: A) => {
      // A second tap may come before the first one is rendered.
      if (running.current) return;
      running.current = true;
      await mutateAsync(args).catch(() => undefined);
      running.current = false;
    },
    [mutateAsync],
  );
  return { run, busy: isPending, fault: useFault(error), forget: reset };
}

/**
 * Returns a function that returns the idempotency key of a call that creates something. The key stays the same as long as the
 * content does, so that retries create nothing twice.
 */
export function useRequestId(): (content: object) => string {
  const last = useRef<{ content: string; id: string }>(undefined);
  return useCallback((content) => {
    const text = JSON.stringify(content);
    if (last.current?.content !== text) last.current = { content: text, id: randomId() };
    return last.current.id;
  }, []);
}
