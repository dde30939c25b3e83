import { type Court, type Fault, type Game, GameStatus, type GameView } from "@dongbaejul/client";
import { useConnection, useGames, useReadable, useUserId } from "@dongbaejul/client/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useClient } from "../club/client";
import { dateOf, dayKey } from "../format/time";
import { useNow } from "../hooks/useNow";
import { boardOf } from "./source";

export interface Board {
  courts: readonly CourtView[];
  /** Today's games and those still in play, by date. */
  games: readonly Game[];
  counts: { ongoing: number; scheduled: number; waitingPlayers: number; completed: number; thisWeek: number } | undefined;
}

/** A court with the game that is on it now. */
export interface CourtView {
  court: Court;
  game: Game | undefined;
}

const minuteMs = 60_000;
/** How often to read the board again for changes without an event, such as a closed court. */
const refreshMs = 2 * minuteMs;
/** Data younger than this is not read again when the connection opens, as it does just after the app starts. */
const freshMs = 2000;
/** How long to wait for more changes before reading the board again. */
const settleMs = 300;

/** Returns today's courts and games: the server's answer with all changes received since. */
export function useBoard(): { board: Board | undefined; fault: Fault | undefined; reload: () => void } {
  const source = boardOf(useClient(), useUserId());
  const live = useGames().games;
  const today = dayKey(useNow(minuteMs));
  const { day, answer, fault } = useReadable(source);
  const reload = useCallback(() => void source.load(today), [source, today]);
  const open = useConnection().status === "open";
  useEffect(() => {
    // Once at the start, with or without a connection, and again on every reconnect: changes in between sent no event.
    const { day, answer } = source.getSnapshot();
    const known = day === today && answer !== undefined;
    if (!known || (open && Date.now() - source.askedAt() > freshMs)) reload();
  }, [source, today, open, reload]);

  // There are no events for the figures and the courts' states; they change with the number of games in each state.
  useChanged(states(live), reload);
  useEvery(refreshMs, reload);

  const board = useMemo<Board | undefined>(() => {
    if (!answer || day !== today) return undefined;
    const games = new Map<string, Game>();
    for (const game of [...answer.games, ...answer.board.ongoingGames]) games.set(game.id, game);
    for (const { id, shown } of live) {
      if (games.has(id) || shown.status === GameStatus.ONGOING || isOn(shown, today)) games.set(id, shown);
    }
    const listed = [...games.values()].filter((game) => game.status === GameStatus.ONGOING || isOn(game, today)).sort(byDate);
    const onCourt = new Map(listed.filter((game) => game.status === GameStatus.ONGOING).map((game) => [game.courtId, game]));
    return {
      games: listed,
      courts: answer.board.courts.map((court) => ({ court, game: onCourt.get(court.id) })),
      counts: answer.board.counts,
    };
  }, [day, answer, live, today]);
  return { board, fault, reload };
}

function states(games: readonly GameView[]): string {
  return games.map(({ id, game }) => `${id} ${game.status} ${game.courtId} ${game.waitingList.length}`).join();
}

function isOn(game: Game, day: string): boolean {
  const date = dateOf(game.gameDate);
  return date !== undefined && dayKey(date) === day;
}

function byDate(a: Game, b: Game): number {
  return (dateOf(a.gameDate)?.getTime() ?? 0) - (dateOf(b.gameDate)?.getTime() ?? 0);
}

/** Calls `f` shortly after the value has changed, but not at first. */
function useChanged(value: string, f: () => void) {
  const last = useRef(value);
  useEffect(() => {
    if (last.current === value) return;
    last.current = value;
    const timer = setTimeout(f, settleMs);
    return () => clearTimeout(timer);
  }, [value, f]);
}

/** Calls `f` at an interval in milliseconds while the page is visible. */
function useEvery(ms: number, f: () => void) {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && f(), ms);
    return () => clearInterval(timer);
  }, [ms, f]);
}
