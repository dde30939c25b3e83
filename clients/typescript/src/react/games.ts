import { useCallback, useEffect, useMemo, useRef } from "react";
import { isTransient } from "../index.js";
import type { GameView, SubscriptionState } from "../index.js";
import { fullJitter } from "../timers.js";
import { loadableOf, useTask } from "./loading.js";
import type { Loadable } from "./loading.js";
import { useClub } from "./provider.js";
import { useReadable, useSelected } from "./readable.js";

export interface GamesHook extends Loadable {
  /** Games in play and upcoming ones, by date, and those that have ended since the program started. */
  readonly games: readonly GameView[];
}

/** Returns the club's games. */
export function useGames(): GamesHook {
  const list = useReadable(useClub().games);
  return useMemo(() => ({ ...loadableOf(list), games: list.games }), [list]);
}

export interface GameHook extends Loadable {
  /** The game, with the user's actions that the server has not answered yet. */
  readonly game: GameView | undefined;
  /** Loads it again. Never rejects. */
  reload(): Promise<void>;
}

/** Returns a game, and loads it if it is not in the list of useGames. */
export function useGame(gameId: string): GameHook {
  const club = useClub();
  const game = useReadable(club.game(gameId));
  const { isRunning, error, run } = useTask(useCallback(() => club.loadGame(gameId), [club, gameId]));
  const isMissing = game === undefined;
  const isOpen = useSelected(club.connection, isOpenState);
  const fromCache = useSelected(club.games, (list) => list.fromCache) && !isMissing;
  const failures = useRef(0);
  useEffect(() => {
    if (isMissing && isOpen) {
      failures.current = 0;
      void run();
    }
  }, [isMissing, isOpen, run]);
  const retried = isMissing && isOpen && !isRunning && error !== undefined && isTransient(error) ? error : undefined;
  useEffect(() => {
    if (retried !== undefined) {
      const delayMs = Math.max(fullJitter(++failures.current, 500, 30_000), retried.retryAfterMs ?? 0);
      const timer = setTimeout(() => void run(), delayMs);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [retried, run]);
  return useMemo(
    () => ({ game, isLoaded: game !== undefined, fromCache, isLoading: isRunning, error, reload: run }),
    [game, fromCache, isRunning, error, run],
  );
}

function isOpenState({ status }: SubscriptionState): boolean {
  return status === "open";
}
