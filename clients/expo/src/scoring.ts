import { nameOf, Team } from "@dongbaejul/client";
import type { Game, ScoringRules, SetScore } from "@dongbaejul/client";

// The rules of scoring that a scorer's taps need. The server has them all and decides.

export type Side = typeof Team.TEAM1 | typeof Team.TEAM2;
type Points = Pick<SetScore, "team1Score" | "team2Score">;

/** The points of one set, as the outbox's action update_score takes them. */
export interface SetPoints extends Points {
  readonly setNumber: number;
}

export const sides: readonly [Side, Side] = [Team.TEAM1, Team.TEAM2];

export function pointsOf(points: Points, side: Side): number {
  return side === Team.TEAM1 ? points.team1Score : points.team2Score;
}

/** What the players of a side are called. */
export function namesOf(game: Game, side: Side): string {
  const ids = side === Team.TEAM1 ? game.team1 : game.team2;
  return ids.map((id) => nameOf(game.participants.find(({ userId }) => userId === id))).join(" · ");
}

/** Returns who has won a set; undefined while it is played. */
function winnerOf(rules: ScoringRules, { team1Score, team2Score }: Points): Side | undefined {
  const high = Math.max(team1Score, team2Score);
  const lead = Math.abs(team1Score - team2Score);
  const isWon = (high >= rules.pointsTo && lead >= rules.winBy) || (high >= rules.cap && lead > 0);
  return isWon ? (team1Score > team2Score ? Team.TEAM1 : Team.TEAM2) : undefined;
}

export function setsWon(game: Game, side: Side): number {
  const { scoring } = game;
  return scoring ? game.sets.filter((set) => winnerOf(scoring, set) === side).length : 0;
}

/** Returns who has won; undefined while the game is played. */
export function gameWinner(game: Game): Side | undefined {
  const wanted = Math.floor((game.scoring?.bestOf ?? 1) / 2) + 1;
  return sides.find((side) => setsWon(game, side) >= wanted);
}

/** Returns the set that is being played: the first that is not won, or the last one of a game that is over. */
export function currentSet(game: Game): SetPoints {
  const { scoring, sets } = game;
  const open = scoring ? sets.findIndex((set) => winnerOf(scoring, set) === undefined) : sets.length - 1;
  const index = open >= 0 ? open : gameWinner(game) === undefined ? sets.length : sets.length - 1;
  const { team1Score, team2Score } = sets[index] ?? { team1Score: 0, team2Score: 0 };
  return { setNumber: index + 1, team1Score, team2Score };
}

/** Returns a point more for a side; undefined when the game is over. */
export function pointFor(game: Game, side: Side): SetPoints | undefined {
  return gameWinner(game) === undefined ? changed(currentSet(game), side, 1) : undefined;
}

/** Returns a point less for a side, in the last set that has any points. */
export function pointBack(game: Game, side: Side): SetPoints | undefined {
  const index = game.sets.findLastIndex(({ team1Score, team2Score }) => team1Score + team2Score > 0);
  const set = game.sets[index];
  return set && pointsOf(set, side) > 0 ? changed({ ...set, setNumber: index + 1 }, side, -1) : undefined;
}

function changed({ setNumber, team1Score, team2Score }: SetPoints, side: Side, by: number): SetPoints {
  return side === Team.TEAM1
    ? { setNumber, team1Score: team1Score + by, team2Score }
    : { setNumber, team1Score, team2Score: team2Score + by };
}
