import { useMemo } from "react";
import type { Fault, OutboxAction, OutboxItem } from "../index.js";
import { useError, useStable } from "./loading.js";
import { useClient, useClub } from "./provider.js";
import { useReadable } from "./readable.js";

export interface OutboxActions {
  /** Puts an action in. Returns undefined if the outbox does not take it: nobody is signed in, or too much waits already. */
  add<A extends OutboxAction>(action: A): OutboxItem<A> | undefined;
  /** Tries a failed action again. */
  retry(id: string): void;
  /** Removes an action that is not being sent. Reports whether it did. */
  drop(id: string): boolean;
  /** Tries all that waits now. */
  flush(): void;
}

/**
 * Returns the outbox's actions, for components that do not show what is in it. `onError` is called with why an action was not taken,
 * or could not be stored on the device.
 */
export function useOutboxActions(onError?: (fault: Fault) => void): OutboxActions {
  const client = useClient();
  const { outbox } = useClub();
  const report = useStable((error: unknown) => onError?.(client.fault(error)));
  return useMemo(
    () => ({
      add: (action) => {
        try {
          const { item, stored } = outbox.add(action);
          stored.catch(report);
          return item;
        } catch (e) {
          report(e);
          return undefined;
        }
      },
      retry: (id) => outbox.retry(id),
      drop: (id) => outbox.drop(id),
      flush: () => outbox.flush(),
    }),
    [outbox, report],
  );
}

export interface OutboxHook extends OutboxActions {
  /** In the order they were put in; those that were sent stay a while. */
  readonly items: readonly OutboxItem[];
  /** How many wait or are being sent. */
  readonly waiting: number;
  /** Why the last action was not taken or not stored. */
  readonly error: Fault | undefined;
}

/** Returns what the user has done that the server has not answered yet, and what became of it. */
export function useOutbox(): OutboxHook {
  const [error, setError] = useError();
  const plain = useOutboxActions(setError);
  const actions = useMemo<OutboxActions>(
    () => ({
      ...plain,
      add: (action) => {
        setError(undefined);
        return plain.add(action);
      },
    }),
    [plain, setError],
  );
  const items = useReadable(useClub().outbox);
  return useMemo(() => ({ ...actions, items, waiting: items.filter(isWaiting).length, error }), [actions, items, error]);
}

/** Reports whether an item is to be sent. How far rooms are read is not what the user would call waiting. */
function isWaiting({ action, state }: OutboxItem): boolean {
  return (state === "queued" || state === "sending") && action.kind !== "mark_read";
}
