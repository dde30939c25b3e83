import type { Fault } from "@dongbaejul/client";
import { useCallback, useRef, useState } from "react";
import { useClient } from "../club/client";

export interface Action<A extends unknown[]> {
  run(...args: A): Promise<void>;
  busy: boolean;
  /** Why it failed last. */
  fault: Fault | undefined;
  forget(): void;
}

/** Something the user does that calls the server: once at a time, with its failure to show. */
export function useAction<A extends unknown[]>(action: (...args: A) => Promise<void>): Action<A> {
  const client = useClient();
  const latest = useRef(action);
  latest.current = action;
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const run = useCallback(
    async (...args: A) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setFault(undefined);
      try {
        await latest.current(...args);
      } catch (error) {
        setFault(client.fault(error));
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [client],
  );
  const forget = useCallback(() => setFault(undefined), []);
  return { run, busy, fault, forget };
}

/**
 * Gives the key that makes a call that creates something create it once, however often it is tried: the same one for as long
 * as what is to be created is the same.
 */
export function useRequestId(): (content: object) => string {
  const last = useRef<{ content: string; id: string }>(undefined);
  return useCallback((content) => {
    const text = JSON.stringify(content);
    if (last.current?.content !== text) last.current = { content: text, id: newId() };
    return last.current.id;
  }, []);
}

function newId(): string {
  // Not crypto.randomUUID, which pages have only over TLS and on this machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
