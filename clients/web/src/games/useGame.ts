import type { Fault, GameView } from "@dongbaejul/client";
import { useCallback, useEffect, useState } from "react";
import { useClient, useClub, useMay, useUserId } from "../club/ClubProvider";
import { useReadable } from "../club/useReadable";
import type { Asker } from "./rights";

export interface AskedGame {
  view: GameView | undefined;
  fault: Fault | undefined;
  reload(): void;
}

/** A game, kept up to date, whether it is among those to come or long over. */
export function useGame(gameId: string): AskedGame {
  const client = useClient();
  const club = useClub();
  const view = useReadable(club.game(gameId));
  const [fault, setFault] = useState<Fault>();
  const reload = useCallback(() => {
    setFault(undefined);
    club.loadGame(gameId).catch((error: unknown) => setFault(client.fault(error)));
  }, [client, club, gameId]);
  const missing = view === undefined;
  const open = useReadable(club.connection).status === "open";
  useEffect(() => {
    if (missing && open) reload();
  }, [missing, open, reload]);
  return { view, fault, reload };
}

/** Who the user is to a game, for what `rights.ts` says they may do. */
export function useAsker(): Asker {
  const userId = useUserId();
  const manage = useMay("games.manage");
  return { userId, manage };
}
