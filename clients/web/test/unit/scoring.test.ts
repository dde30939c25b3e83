import assert from "node:assert/strict";
import { test } from "node:test";
import { Team } from "@dongbaejul/client";
import {
  applied,
  type Change,
  currentPoints,
  currentSet,
  matchWinner,
  pointBack,
  pointFor,
  pointToWin,
  type Rules,
  type Sheet,
  type Side,
  setWinner,
} from "../../src/scoring/scoring";

const kr1x25: Rules = { bestOf: 1, pointsTo: 25, winBy: 1, cap: 25 };
const bwf3x21: Rules = { bestOf: 3, pointsTo: 21, winBy: 2, cap: 30 };
const bwf3x15: Rules = { bestOf: 3, pointsTo: 15, winBy: 2, cap: 21 };

const points = (...sets: [number, number][]) => sets.map(([team1Score, team2Score]) => ({ team1Score, team2Score }));
const sheet = (rules: Rules, ...sets: [number, number][]): Sheet => ({ rules, sets: points(...sets) });

test("a set is won as the rules say", () => {
  const cases: [Rules, number, number, Side | undefined][] = [
    [kr1x25, 24, 24, undefined],
    [kr1x25, 25, 24, Team.TEAM1],
    [bwf3x21, 20, 20, undefined],
    [bwf3x21, 21, 20, undefined],
    [bwf3x21, 21, 19, Team.TEAM1],
    [bwf3x21, 20, 22, Team.TEAM2],
    [bwf3x21, 29, 29, undefined],
    [bwf3x21, 29, 30, Team.TEAM2],
    [bwf3x15, 20, 20, undefined],
    [bwf3x15, 21, 20, Team.TEAM1],
  ];
  for (const [rules, team1Score, team2Score, want] of cases) {
    assert.equal(setWinner(rules, { team1Score, team2Score }), want, `${team1Score}:${team2Score} to ${rules.pointsTo}`);
  }
});

test("the next set begins when one is over, and none after the match", () => {
  assert.equal(currentSet(sheet(bwf3x21)), 1);
  assert.equal(currentSet(sheet(bwf3x21, [21, 10])), 2);
  assert.deepEqual(currentPoints(sheet(bwf3x21, [21, 10])), { team1Score: 0, team2Score: 0 });
  assert.equal(currentSet(sheet(bwf3x21, [21, 10], [3, 4])), 2);
  assert.equal(currentSet(sheet(bwf3x21, [21, 10], [21, 19])), 2);
  assert.equal(matchWinner(sheet(bwf3x21, [21, 10], [19, 21])), undefined);
  assert.equal(matchWinner(sheet(bwf3x21, [21, 10], [19, 21], [20, 22])), Team.TEAM2);
  assert.equal(pointFor(sheet(kr1x25, [25, 3]), Team.TEAM2), undefined);
});

test("a point goes to the set that is played", () => {
  assert.deepEqual(pointFor(sheet(kr1x25), Team.TEAM2), { setNumber: 1, team1Score: 0, team2Score: 1 });
  assert.deepEqual(pointFor(sheet(bwf3x21, [21, 10]), Team.TEAM1), { setNumber: 2, team1Score: 1, team2Score: 0 });
});

test("a point is taken back from the last set that has any", () => {
  assert.equal(pointBack(sheet(kr1x25), Team.TEAM1), undefined);
  assert.equal(pointBack(sheet(kr1x25, [0, 2]), Team.TEAM1), undefined);
  assert.deepEqual(pointBack(sheet(bwf3x21, [21, 10], [0, 0]), Team.TEAM1), { setNumber: 1, team1Score: 20, team2Score: 10 });
  assert.deepEqual(pointBack(sheet(kr1x25, [25, 24]), Team.TEAM1), { setNumber: 1, team1Score: 24, team2Score: 24 });
});

test("what the next point would win", () => {
  assert.equal(pointToWin(sheet(kr1x25, [24, 24]), Team.TEAM2), "match");
  assert.equal(pointToWin(sheet(bwf3x21, [20, 18]), Team.TEAM1), "set");
  assert.equal(pointToWin(sheet(bwf3x21, [20, 20]), Team.TEAM1), undefined);
  assert.equal(pointToWin(sheet(bwf3x21, [21, 18], [20, 18]), Team.TEAM1), "match");
});

// Whatever the rallies: every tap is one point, every sheet is one that rallies lead to, and taking back every tap in turn
// leads back through the same sheets.
test("matches tapped at random can be taken back to the beginning", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  for (const rules of [kr1x25, bwf3x21, bwf3x15]) {
    for (let match = 0; match < 50; match++) {
      let now: Sheet = { rules, sets: [] };
      const before: { sheet: Sheet; side: Side }[] = [];
      for (let change: Change | undefined; ; ) {
        const side: Side = random() < 0.5 ? Team.TEAM1 : Team.TEAM2;
        change = pointFor(now, side);
        if (!change) break;
        before.push({ sheet: now, side });
        now = applied(now, change);
        for (const set of now.sets.slice(0, -1)) assert.notEqual(setWinner(rules, set), undefined);
      }
      assert.notEqual(matchWinner(now), undefined);
      for (const { sheet: earlier, side } of before.reverse()) {
        const change = pointBack(now, side);
        assert.ok(change, "nothing to take back");
        now = applied(now, change);
        assert.deepEqual(currentPoints(now), currentPoints(earlier));
      }
    }
  }
});
