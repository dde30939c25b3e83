import type { Fault, Game, GetBoardResponse, Readable } from "@dongbaejul/client";
import type { ClubClient } from "../club/client";
import { keep, kept } from "../club/kept";
import { fromInput } from "../format/time";

/** The server's answer for one day. */
export interface BoardState {
  day: string;
  answer: { board: GetBoardResponse; games: readonly Game[] } | undefined;
  /** Why the last read failed. */
  fault: Fault | undefined;
}

export interface BoardSource extends Readable<BoardState> {
  /** Reads the board of a day. The answer to an earlier call that is still running is ignored. Never rejects. */
  load(day: string): Promise<void>;
  /** When the server was asked last, in milliseconds as of Date.now. */
  askedAt(): number;
}

const dayMs = 24 * 60 * 60_000;

let current: { client: ClubClient; userId: string | undefined; source: BoardSource } | undefined;

/** Returns the board of a user: the same one until another user signs in, so that it is shown at once on return. */
export function boardOf(client: ClubClient, userId: string | undefined): BoardSource {
  if (current?.client !== client || current.userId !== userId) current = { client, userId, source: newSource(client, userId) };
  return current.source;
}

type Kept = Pick<BoardState, "day" | "answer">;

function newSource(client: ClubClient, userId: string | undefined): BoardSource {
  let state: BoardState = { day: "", answer: undefined, fault: undefined };
  let askedAt = 0;
  let asking = new AbortController();
  const listeners = new Set<() => void>();
  const set = (next: BoardState) => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  if (userId) {
    void kept<Kept>(userId, "board").then((last) => {
      if (last && !state.answer && (state.day === "" || state.day === last.day)) set({ ...state, ...last });
    });
  }
  return {
    getSnapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    askedAt: () => askedAt,
    async load(day) {
      asking.abort();
      const mine = new AbortController();
      asking = mine;
      askedAt = Date.now();
      // Do not show yesterday's board while today's is loading.
      if (state.day !== day) set({ day, answer: undefined, fault: undefined });
      try {
        const answer = await read(client, day, mine.signal);
        if (asking !== mine) return;
        set({ day, answer, fault: undefined });
        if (userId) void keep(client, userId, "board", { day, answer } satisfies Kept);
      } catch (error) {
        if (asking === mine) set({ ...state, fault: client.fault(error) });
      }
    },
  };
}

async function read(client: ClubClient, day: string, signal: AbortSignal) {
  const from = fromInput(`${day}T00:00`) ?? new Date();
  const [board, { games }] = await Promise.all([
    client.games.getBoard({}, { signal }),
    client.games.listGames(
      { dateFrom: from.toISOString(), dateTo: new Date(from.getTime() + dayMs).toISOString(), limit: 100 },
      { signal },
    ),
  ]);
  return { board, games };
}
