import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { GameSchema, GameStatus } from "@dongbaejul/client";
import { mayOrganise, mayPrepare, type Refusal, refusesScore, refusesStart } from "../../src/games/rights";

const at = (time: string) => new Date(`${time}+09:00`);
const game = create(GameSchema, {
  status: GameStatus.SCHEDULED,
  creator: { userId: "creator" },
  gameDate: timestampFromDate(at("2026-11-25T19:00:00")),
  startedAt: timestampFromDate(at("2026-11-25T19:30:00")),
  participants: ["a", "b", "c"].map((userId) => ({ userId })),
  team1: ["a"],
  team2: ["b"],
});
const ongoing = create(GameSchema, { ...game, status: GameStatus.ONGOING });
const who = (userId: string) => ({ userId, manage: userId === "manager" });

test("organisers change a game, participants set its teams", () => {
  const cases: [string, boolean, boolean][] = [
    ["creator", true, true],
    ["manager", true, true],
    ["a", false, true],
    ["c", false, true],
    ["stranger", false, false],
  ];
  for (const [user, organise, prepare] of cases) {
    assert.equal(mayOrganise(game, who(user)), organise, user);
    assert.equal(mayPrepare(game, who(user)), prepare, user);
  }
});

test("a game is started by its players and organiser on its day in Korea, by managers on any day", () => {
  const cases: [string, string, Refusal | undefined][] = [
    ["a", "2026-11-25T00:00:00", undefined],
    ["a", "2026-11-25T23:59:59", undefined],
    ["a", "2026-11-24T23:59:59", "not_its_day"],
    ["a", "2026-11-26T00:00:00", "not_its_day"],
    ["creator", "2026-11-25T08:00:00", undefined],
    ["creator", "2026-11-24T08:00:00", "not_its_day"],
    ["manager", "2026-11-24T08:00:00", undefined],
    ["c", "2026-11-25T19:00:00", "not_a_player"],
    ["stranger", "2026-11-25T19:00:00", "not_a_player"],
  ];
  for (const [user, now, want] of cases) assert.equal(refusesStart(game, who(user), ["a", "b"], at(now)), want, `${user} at ${now}`);
  const today = at("2026-11-25T19:00:00");
  assert.equal(refusesStart(game, who("c"), ["c", "b"], today), undefined, "who is to play");
  assert.equal(refusesStart(game, who("c"), [], today), undefined, "before there are teams");
  assert.equal(refusesStart(game, who("stranger"), [], today), "not_a_player", "a stranger before there are teams");
});

test("a game is scored until six in the morning after the day of its start, by managers for longer", () => {
  const cases: [string, string, Refusal | undefined][] = [
    ["a", "2026-11-25T20:00:00", undefined],
    ["a", "2026-11-26T05:59:59", undefined],
    ["a", "2026-11-26T06:00:00", "not_its_day"],
    ["creator", "2026-11-26T05:59:59", undefined],
    ["creator", "2026-11-26T06:00:00", "not_its_day"],
    ["manager", "2026-11-27T06:00:00", undefined],
    ["c", "2026-11-25T20:00:00", "not_a_player"],
  ];
  for (const [user, now, want] of cases) assert.equal(refusesScore(ongoing, who(user), at(now)), want, `${user} at ${now}`);
});
