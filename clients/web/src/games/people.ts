import { type Game, type Participant, Team } from "@dongbaejul/client";
import { nameOf } from "../format/names";
import { wordsOf } from "../language/language";
import type { Sheet, Side } from "../scoring/scoring";
import { gamesWords } from "./words";

/** The user ids of one side. */
export function sideIds(game: Game, side: Side): readonly string[] {
  return side === Team.TEAM1 ? game.team1 : game.team2;
}

/** Returns the names of the players of one side. */
export function sideNames(game: Game, side: Side): readonly string[] {
  const words = wordsOf(gamesWords);
  return sideIds(game, side).map((id) => {
    const player = participant(game, id);
    return player === undefined ? words.member : nameOf(player);
  });
}

export function participant(game: Game, userId: string | undefined): Participant | undefined {
  return game.participants.find((person) => person.userId === userId);
}

/** Returns a user's position in the waiting list, from 1; 0 if they are not in it. */
export function waitingPosition(game: Game, userId: string | undefined): number {
  return game.waitingList.findIndex((person) => person.userId === userId) + 1;
}

/** The score sheet of a game that has begun. */
export function sheetOf(game: Game): Sheet | undefined {
  return game.scoring && { rules: game.scoring, sets: game.sets };
}
