import type { Entry } from "./entry.js";

// Scores added one after another build on each other: each expects the game's version that the previous one creates.

/** Bases a score on a version of the game, or on the score before it. */
export function baseScore(entry: Entry, version: number, entries: readonly Entry[]): void {
  const before = entries.filter((e) => e !== entry && e.head.lane === entry.head.lane && isBased(e) && e.progress.state !== "failed").pop();
  if (before === undefined) {
    entry.base = version;
  } else {
    entry.after = before.head.id;
  }
}

function isBased({ head: { action } }: Entry): boolean {
  return action.kind === "update_score" && action.expectedVersion !== undefined;
}

/** Rebases the scores after one that was sent on the version that it has created. */
export function rebaseScores(sent: Entry, version: number | undefined, entries: readonly Entry[]): void {
  for (const next of scoresAfter(sent, entries)) {
    delete next.after;
    if (version !== undefined) {
      next.base = version;
    }
  }
}

/** Rebases the scores after one that is dropped on what it was based on. */
export function bridgeScores(dropped: Entry, entries: readonly Entry[]): void {
  const { base, after } = dropped;
  for (const next of scoresAfter(dropped, entries)) {
    delete next.after;
    Object.assign(next, after !== undefined ? { after } : base !== undefined ? { base } : {});
  }
}

/** Returns the scores that are based on an entry. */
export function scoresAfter(entry: Entry, entries: readonly Entry[]): Entry[] {
  return entries.filter((e) => e.after === entry.head.id);
}
