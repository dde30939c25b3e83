import { type Court, type Game, GameStatus, type GameView } from "@dongbaejul/client";
import { useGames } from "@dongbaejul/client/react";
import { useEffect, useMemo, useRef } from "react";
import { useClient } from "../club/client";
import { type Asked, useRemote } from "../club/useRemote";
import { dateOf, dayKey, fromInput } from "../format/time";
import { useNow } from "../hooks/useNow";

export interface Board {
  courts: readonly CourtView[];
  /** Those of today, and those still being played, in the order of their dates. */
  games: readonly Game[];
  counts: { ongoing: number; scheduled: number; waitingPlayers: number; completed: number; thisWeek: number } | undefined;
}

/** A court with the game that is on it now. */
export interface CourtView {
  court: Court;
  game: Game | undefined;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** What else changes, such as a court that is closed, is seen after this time. */
const refreshMs = 2 * minuteMs;
/** Several changes in a row are asked about once. */
const settleMs = 300;

/** Today's courts and games: the server's answer, with every change that has come since. */
export function useBoard(): Asked<Board> {
  const client = useClient();
  const live = useGames().games;
  const today = dayKey(useNow(minuteMs));
  const asked = useRemote(`board ${today}`, async (signal) => {
    const from = fromInput(`${today}T00:00`) ?? new Date();
    const [board, { games }] = await Promise.all([
      client.games.getBoard({}, { signal }),
      client.games.listGames(
        { dateFrom: from.toISOString(), dateTo: new Date(from.getTime() + dayMs).toISOString(), limit: 100 },
        { signal },
      ),
    ]);
    return { board, games };
  });

  // The figures and the courts' states are not told of; they follow from how many games are in which state.
  useChanged(states(live), asked.reload);
  useEvery(refreshMs, asked.reload);

  const { value } = asked;
  const board = useMemo<Board | undefined>(() => {
    if (!value) return undefined;
    const games = new Map<string, Game>();
    for (const game of [...value.games, ...value.board.ongoingGames]) games.set(game.id, game);
    for (const { id, shown } of live) {
      if (games.has(id) || shown.status === GameStatus.ONGOING || isOn(shown, today)) games.set(id, shown);
    }
    const listed = [...games.values()].filter((game) => game.status === GameStatus.ONGOING || isOn(game, today)).sort(byDate);
    const onCourt = new Map(listed.filter((game) => game.status === GameStatus.ONGOING).map((game) => [game.courtId, game]));
    return {
      games: listed,
      courts: value.board.courts.map((court) => ({ court, game: onCourt.get(court.id) })),
      counts: value.board.counts,
    };
  }, [value, live, today]);
  return { ...asked, value: board, set: () => undefined };
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

/** Calls `f` a moment after the value has changed, not at first. */
function useChanged(value: string, f: () => void) {
  const last = useRef(value);
  useEffect(() => {
    if (last.current === value) return;
    last.current = value;
    const timer = setTimeout(f, settleMs);
    return () => clearTimeout(timer);
  }, [value, f]);
}

/** Calls `f` every so many milliseconds while the page is looked at. */
function useEvery(ms: number, f: () => void) {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && f(), ms);
    return () => clearInterval(timer);
  }, [ms, f]);
}
