import { usePermission, useUserId } from "@dongbaejul/client/react";
import type { Asker } from "./rights";

/** Who the user is to a game, for what `rights.ts` says they may do. */
export function useAsker(): Asker {
  const userId = useUserId() ?? "";
  const manage = usePermission("games.manage");
  return { userId, manage };
}
