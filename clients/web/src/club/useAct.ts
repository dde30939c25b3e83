import { type OutboxActions, useOutboxActions } from "@dongbaejul/client/react";
import { useNotice } from "../shell/Notices";

/**
 * Returns a function that puts an action into the outbox, which sends it now or on reconnect. If the outbox refuses the action or
 * cannot store it, a notice says so.
 */
export function useAct(): OutboxActions["add"] {
  return useOutboxActions(useNotice()).add;
}
