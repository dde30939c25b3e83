import { type Game, GameStatus } from "@dongbaejul/client";
import { dateOf, dayKey } from "../format/time";
import { participant } from "./people";

/** Who asks, and whether they hold games.manage. */
export interface Asker {
  userId: string;
  manage: boolean;
}

/** Why the server would refuse. */
export type Refusal = "not_a_player" | "not_its_day";

// A game may be scored and completed until six in the morning after the day it was started: it may be late.
const nightGraceMs = 6 * 60 * 60 * 1000;

// These are the rules of internal/games/rights.go, for what to offer; the server decides.

/** Whether somebody may change and cancel a game, and remove its participants. */
export function mayOrganise(game: Game, { userId, manage }: Asker): boolean {
  return manage || game.creator?.userId === userId;
}

/** Whether somebody may set the teams. */
export function mayPrepare(game: Game, asker: Asker): boolean {
  return mayOrganise(game, asker) || participant(game, asker.userId) !== undefined;
}

/** Why somebody may not start a game that these are to play. */
export function refusesStart(game: Game, asker: Asker, players: readonly string[], now = new Date()): Refusal | undefined {
  if (!mayPlay(game, asker, players)) return "not_a_player";
  const date = dateOf(game.gameDate);
  return asker.manage || (date && dayKey(date) === dayKey(now)) ? undefined : "not_its_day";
}

/** Why somebody may not score or complete a game. */
export function refusesScore(game: Game, asker: Asker, now = new Date()): Refusal | undefined {
  if (!mayPlay(game, asker, [...game.team1, ...game.team2])) return "not_a_player";
  const started = dateOf(game.startedAt);
  if (asker.manage || game.status !== GameStatus.ONGOING || !started) return undefined;
  return dayKey(new Date(now.getTime() - nightGraceMs)) <= dayKey(started) ? undefined : "not_its_day";
}

function mayPlay(game: Game, asker: Asker, players: readonly string[]): boolean {
  if (mayOrganise(game, asker)) return true;
  return participant(game, asker.userId) !== undefined && (players.length === 0 || players.includes(asker.userId));
}
