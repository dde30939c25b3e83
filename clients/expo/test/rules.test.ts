import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { GameSchema, Team, timestampFromDate } from "@dongbaejul/client";
import { currentSet, gameWinner, pointBack, pointFor, setsWon } from "../src/scoring";
import { ago, day, dayAndClock } from "../src/time";

/** A game of three sets to 21, two clear, at most 30. */
function game(...sets: [team1Score: number, team2Score: number][]) {
  return create(GameSchema, {
    scoring: { bestOf: 3, pointsTo: 21, winBy: 2, cap: 30 },
    sets: sets.map(([team1Score, team2Score], i) => ({ setNumber: i + 1, team1Score, team2Score })),
  });
}

const points = (setNumber: number, team1Score: number, team2Score: number) => ({ setNumber, team1Score, team2Score });

describe("scoring", () => {
  test("a point is of the set that is played", () => {
    assert.deepEqual(pointFor(game(), Team.TEAM1), points(1, 1, 0));
    assert.deepEqual(pointFor(game([20, 20]), Team.TEAM2), points(1, 20, 21));
    assert.deepEqual(pointFor(game([21, 20]), Team.TEAM1), points(1, 22, 20));
    assert.deepEqual(pointFor(game([22, 20]), Team.TEAM1), points(2, 1, 0));
    assert.deepEqual(pointFor(game([30, 29], [3, 4]), Team.TEAM2), points(2, 3, 5));
  });

  test("two sets win, and no point comes after that", () => {
    const won = game([21, 3], [10, 21], [21, 19]);
    assert.equal(gameWinner(won), Team.TEAM1);
    assert.equal(setsWon(won, Team.TEAM2), 1);
    assert.equal(pointFor(won, Team.TEAM2), undefined);
    assert.deepEqual(currentSet(won), points(3, 21, 19));
    assert.equal(gameWinner(game([21, 3], [20, 10])), undefined);
  });

  test("a point is taken back where there is one, in the set before if need be", () => {
    assert.deepEqual(pointBack(game([5, 2]), Team.TEAM2), points(1, 5, 1));
    assert.deepEqual(pointBack(game([21, 2], [0, 0]), Team.TEAM1), points(1, 20, 2));
    assert.equal(pointBack(game([5, 0]), Team.TEAM2), undefined);
    assert.equal(pointBack(game(), Team.TEAM1), undefined);
    // The set after that stays begun, and the one before is played again.
    assert.deepEqual(pointFor(game([20, 2], [0, 0]), Team.TEAM1), points(1, 21, 2));
  });
});

describe("times", () => {
  const now = new Date("2026-12-31T15:30:00Z");
  const at = (text: string) => timestampFromDate(new Date(text));

  test("are those of the club's clock", () => {
    assert.equal(day(new Date("2026-12-31T15:00:00Z"), now), "오늘");
    assert.equal(day(new Date("2026-12-31T14:59:00Z"), now), "어제");
    assert.equal(day(new Date("2027-01-01T15:00:00Z"), now), "내일");
    assert.equal(day(new Date("2027-01-06T10:00:00Z"), now), "1월 6일 (수)");
    assert.match(dayAndClock(at("2020-03-05T10:05:00Z")), /3월 5일 \(목\) 19:05/);
  });

  test("are told by how long ago they were", () => {
    assert.equal(ago(at("2026-12-31T15:29:40Z"), now), "방금");
    assert.equal(ago(at("2026-12-31T15:27:00Z"), now), "3분 전");
    assert.equal(ago(at("2026-12-31T12:30:00Z"), now), "3시간 전");
    assert.equal(ago(at("2026-12-31T01:30:00Z"), now), "어제");
  });
});
