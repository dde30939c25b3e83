import { usePermission, useUserId } from "@dongbaejul/client/react";
import type { Asker } from "./rights";

/** The user's role in a game, from which `rights.ts` decides what they may do. */
export function useAsker(): Asker {
  const userId = useUserId() ?? "";
  const manage = usePermission("games.manage");
  return { userId, manage };
}
