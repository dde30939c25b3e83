import { type ScoringRules, type SetScore, Team } from "@dongbaejul/client";

// The scoring rules that a scorer's taps need. The server has all rules and decides.

export type Side = typeof Team.TEAM1 | typeof Team.TEAM2;

export type Rules = Pick<ScoringRules, "bestOf" | "pointsTo" | "winBy" | "cap">;
export type SetPoints = Pick<SetScore, "team1Score" | "team2Score">;

/** The sets begun so far, in order. */
export interface Sheet {
  rules: Rules;
  sets: readonly SetPoints[];
}

/** The points of one set, as the server takes them. */
export interface Change extends SetPoints {
  setNumber: number;
}

export function otherSide(side: Side): Side {
  return side === Team.TEAM1 ? Team.TEAM2 : Team.TEAM1;
}

export function pointsOf(set: SetPoints | undefined, side: Side): number {
  return (side === Team.TEAM1 ? set?.team1Score : set?.team2Score) ?? 0;
}

function leader(set: SetPoints): Side {
  return set.team1Score > set.team2Score ? Team.TEAM1 : Team.TEAM2;
}

/** Returns the winner of a set; undefined while it is open. */
export function setWinner(rules: Rules, set: SetPoints): Side | undefined {
  const high = Math.max(set.team1Score, set.team2Score);
  const low = Math.min(set.team1Score, set.team2Score);
  const won = (high >= rules.pointsTo && high - low >= rules.winBy) || (high >= rules.cap && high > low);
  return won ? leader(set) : undefined;
}

/** Returns the number of sets that a side has won. */
export function setsWon({ rules, sets }: Sheet, side: Side): number {
  return sets.filter((set) => setWinner(rules, set) === side).length;
}

/** Returns the winner of the match; undefined while it is open. */
export function matchWinner(sheet: Sheet): Side | undefined {
  const wanted = Math.floor(sheet.rules.bestOf / 2) + 1;
  return ([Team.TEAM1, Team.TEAM2] as const).find((side) => setsWon(sheet, side) >= wanted);
}

/** The number of the set that is being played, or the last one of a match that is over. From 1. */
export function currentSet(sheet: Sheet): number {
  // The first that is open: a set stays begun, at 0–0, where its points and then one of the set before are taken back.
  const open = sheet.sets.findIndex((set) => setWinner(sheet.rules, set) === undefined);
  if (open >= 0) return open + 1;
  return sheet.sets.length + (matchWinner(sheet) === undefined ? 1 : 0);
}

/** The points of the set that is being played. */
export function currentPoints(sheet: Sheet): SetPoints {
  return sheet.sets[currentSet(sheet) - 1] ?? { team1Score: 0, team2Score: 0 };
}

/** Returns the change that adds a point to a side; undefined when the match is over. */
export function pointFor(sheet: Sheet, side: Side): Change | undefined {
  if (matchWinner(sheet) !== undefined) return undefined;
  return changed(currentSet(sheet), currentPoints(sheet), side, 1);
}

/** Returns the change that removes a point from a side, in the last set with points; undefined if the side has none there. */
export function pointBack(sheet: Sheet, side: Side): Change | undefined {
  const index = sheet.sets.findLastIndex((set) => set.team1Score + set.team2Score > 0);
  const set = sheet.sets[index];
  if (!set || pointsOf(set, side) === 0) return undefined;
  return changed(index + 1, set, side, -1);
}

function changed(setNumber: number, { team1Score, team2Score }: SetPoints, side: Side, by: number): Change {
  return side === Team.TEAM1
    ? { setNumber, team1Score: team1Score + by, team2Score }
    : { setNumber, team1Score, team2Score: team2Score + by };
}

/** The sheet after a change. */
export function applied(sheet: Sheet, { setNumber, team1Score, team2Score }: Change): Sheet {
  const sets = [...sheet.sets];
  sets[setNumber - 1] = { team1Score, team2Score };
  return { ...sheet, sets };
}

/** Returns what a side's next point would win: "match", "set", or undefined. */
export function pointToWin(sheet: Sheet, side: Side): "match" | "set" | undefined {
  const change = pointFor(sheet, side);
  if (!change) return undefined;
  const next = applied(sheet, change);
  if (matchWinner(next) === side) return "match";
  return setWinner(sheet.rules, change) === side ? "set" : undefined;
}
