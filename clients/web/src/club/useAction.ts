import { type Fault, randomId } from "@dongbaejul/client";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { useFault } from "./queries";

export interface Action<A extends unknown[]> {
  /** Never rejects. */
  run(...args: A): Promise<void>;
  busy: boolean;
  /** Why it failed last. */
  fault: Fault | undefined;
  forget(): void;
}

/** Something the user does that calls the server: once at a time, with its failure to show. */
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
 * Returns the key that makes a call that creates something create it once, however often it is tried: the same one for as long
 * as what is to be created is the same.
 */
export function useRequestId(): (content: object) => string {
  const last = useRef<{ content: string; id: string }>(undefined);
  return useCallback((content) => {
    const text = JSON.stringify(content);
    if (last.current?.content !== text) last.current = { content: text, id: randomId() };
    return last.current.id;
  }, []);
}
