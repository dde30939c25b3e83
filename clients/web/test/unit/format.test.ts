import assert from "node:assert/strict";
import { test } from "node:test";
import { ScoringPreset, type ScoringRules } from "@dongbaejul/client";
import { excerpt, firstCharacter, lengthOf, withoutDirection } from "../../src/format/text";
import { ago, clock, day, dayAndClock, dayKey, duration, fromInput, toInput } from "../../src/format/time";
import { rulesInWords } from "../../src/games/rules";
import { deviceInWords } from "../../src/me/device";

// Seven in the evening in Korea.
const now = new Date("2026-11-25T10:00:00Z");
const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

test("times are those of the club's clock, wherever the reader is", () => {
  assert.equal(clock(now), "19:00");
  assert.equal(clock(new Date("2026-11-25T15:00:00Z")), "00:00");
  assert.equal(dayKey(new Date("2026-11-25T15:00:00Z")), "2026-11-26");
  assert.equal(dayAndClock(now, now), "오늘 19:00");
});

test("days near by have names", () => {
  assert.equal(day(now, now), "오늘");
  assert.equal(day(new Date("2026-11-25T15:00:00Z"), now), "내일");
  assert.equal(day(new Date("2026-11-24T14:59:00Z"), now), "어제");
  assert.equal(day(new Date("2026-12-03T03:00:00Z"), now), "12월 3일 (목)");
  assert.equal(day(new Date("2025-12-03T03:00:00Z"), now), "2025년 12월 3일");
});

test("how long ago", () => {
  const cases: [number, string][] = [
    [-1, "방금"],
    [0, "방금"],
    [1, "1분 전"],
    [59, "59분 전"],
    [60, "1시간 전"],
    [11 * 60, "11시간 전"],
    [18 * 60, "18시간 전"],
    [20 * 60, "어제"],
    [3 * 24 * 60, "11월 22일 (일)"],
  ];
  for (const [minutes, want] of cases) assert.equal(ago(before(minutes), now), want, `${minutes} minutes`);
});

test("durations", () => {
  assert.deepEqual([10, 60, 90, 120].map(duration), ["10분", "1시간", "1시간 30분", "2시간"]);
});

test("what a field for a time holds is that time", () => {
  assert.equal(toInput(now), "2026-11-25T19:00");
  assert.deepEqual(fromInput("2026-11-25T19:00"), now);
  assert.equal(fromInput(""), undefined);
});

test("rules in words", () => {
  const rules = (bestOf: number, pointsTo: number, winBy: number, cap: number) =>
    ({ preset: ScoringPreset.SCORING_PRESET_CUSTOM, bestOf, pointsTo, winBy, cap }) as ScoringRules;
  assert.equal(rulesInWords(undefined), "클럽 기본 규칙");
  assert.equal(rulesInWords(rules(1, 25, 1, 25)), "25점 한 세트, 듀스 없음");
  assert.equal(rulesInWords(rules(3, 21, 2, 30)), "21점 3세트 2선승, 듀스 30점까지");
});

test("devices in words", () => {
  const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  const iphone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
  assert.equal(deviceInWords(chrome), "Chrome · Windows");
  assert.equal(deviceInWords(iphone), "Safari · iPhone");
  assert.equal(deviceInWords("Dongbaejul/1.0 okhttp"), "Dongbaejul/1.0 okhttp");
  assert.equal(deviceInWords(""), "알 수 없는 기기");
});

test("the first character of a name is what a reader sees as one", () => {
  for (const [text, first] of [
    ["", ""],
    ["김민수", "김"],
    ["👨‍👩‍👧 가족", "👨‍👩‍👧"],
    ["🇰🇷대표", "🇰🇷"],
    ["a\u0301b", "a\u0301"],
  ] as const) {
    assert.equal(firstCharacter(text), first);
  }
});

test("a quote does not turn the text around it", () => {
  assert.equal(withoutDirection("앞\u202e가\u202c \u2066나\u2069\u200e\u200f\u061c끝"), "앞가 나끝");
  assert.equal(withoutDirection("👨\u200d👩\u200d👧"), "👨\u200d👩\u200d👧");
});

test("lengths are the server's", () => {
  assert.deepEqual(["", "가나다", "🏸🏸"].map(lengthOf), [0, 3, 2]);
});

test("long texts begin with an excerpt", () => {
  assert.equal(excerpt("짧은 글"), undefined);
  assert.equal(excerpt("가".repeat(700)), undefined);
  assert.equal(excerpt("가".repeat(10_000)), `${"가".repeat(600)}…`);
  assert.equal(excerpt("가나다라 ".repeat(1000)), `${"가나다라 ".repeat(119)}가나다라…`);
  // Of the pair that makes an emoji both halves or none.
  assert.equal(excerpt(`가${"🏸".repeat(1000)}`), `가${"🏸".repeat(299)}…`);
  assert.equal(excerpt("줄\n".repeat(40)), `${Array(12).fill("줄").join("\n")}…`);
  assert.equal(excerpt(Array(12).fill("줄").join("\n")), undefined);
});
