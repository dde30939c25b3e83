import { useMemo } from "react";
import type { Fault, OutboxAction, OutboxItem } from "../index.js";
import { useError, useStable } from "./loading.js";
import { useClient, useClub } from "./provider.js";
import { useReadable } from "./readable.js";

export interface OutboxActions {
  /** Adds an action. Returns undefined if the outbox refuses it: nobody is signed in, or too many actions wait already. */
  add<A extends OutboxAction>(action: A): OutboxItem<A> | undefined;
  /** Retries a failed action. */
  retry(id: string): void;
  /** Removes an action that is not being sent. Reports whether it did. */
  drop(id: string): boolean;
  /** Sends everything that waits now. */
  flush(): void;
}

/**
 * Returns the outbox's actions, for components that do not show its items. `onError` is called with the reason if an action was
 * refused or could not be stored on the device.
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
  /** In the order they were added; sent ones stay for a while. */
  readonly items: readonly OutboxItem[];
  /** How many wait or are being sent. */
  readonly waiting: number;
  /** Why the last action was refused or not stored. */
  readonly error: Fault | undefined;
}

/** Returns the user's actions that wait for the server, and the results of those that were sent. */
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

/** Reports whether an item waits to be sent. Read positions do not count: users would not call that waiting. */
function isWaiting({ action, state }: OutboxItem): boolean {
  return (state === "queued" || state === "sending") && action.kind !== "mark_read";
}
