import { type OutboxActions, useOutboxActions } from "@dongbaejul/client/react";
import { useNotice } from "../shell/Notices";

/**
 * Returns what puts an action into the outbox: it is done now, or when there is a connection again. What the outbox does not take
 * or cannot store is shown as a notice.
 */
export function useAct(): OutboxActions["add"] {
  return useOutboxActions(useNotice()).add;
}
