import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { nameOf } from "../../src/format/names";
import { ago, day, dayAndClock, duration } from "../../src/format/time";
import { rulesInWords } from "../../src/games/rules";
import type { Words } from "../../src/language/language";
import { languageOf, setLanguage, wordsOf } from "../../src/language/language";
import { uiWords } from "../../src/ui/words";

const src = new URL("../../src/", import.meta.url);
const sources = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
const isWords = (name: string) => /(^|\/)words(\.\w+)?\.ts$/.test(name);
const korean = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]/;

afterEach(() => setLanguage("ko"));

test("Korean is in the files of words only", () => {
  assert.ok(sources.length > 100, "the sources are read");
  for (const name of sources.filter((name) => !isWords(name))) {
    const code = readFileSync(new URL(name, src), "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/(^|\s)\/\/.*$/gm, "");
    assert.doesNotMatch(code, korean, name);
  }
});

/** Says the words of one language by where they are. Those of functions are for "2" of everything. */
function said(words: unknown, at: string, to = new Map<string, string>()): Map<string, string> {
  if (typeof words === "string") to.set(at, words);
  else if (typeof words === "function") to.set(at, String(words(...Array(words.length).fill("2"))));
  else for (const [key, value] of Object.entries(words as object)) said(value, `${at}.${key}`, to);
  return to;
}

function isBoth(value: unknown): value is Words<unknown> {
  return typeof value === "object" && value !== null && "ko" in value && "en" in value;
}

test("what is said in Korean is said in English", async () => {
  const files = sources.filter(isWords);
  assert.ok(files.length >= 13, "every folder's words are read");
  for (const file of files) {
    const exported = Object.entries(await import(new URL(file, src).href)).filter(([, value]) => isBoth(value));
    assert.ok(exported.length > 0, file);
    for (const [name, value] of exported) {
      const { ko, en } = value as Words<unknown>;
      const inKorean = said(ko, `${file} ${name}`);
      const inEnglish = said(en, `${file} ${name}`);
      assert.deepEqual([...inEnglish.keys()], [...inKorean.keys()]);
      // One tone throughout: 해요체.
      for (const [at, text] of inKorean) assert.doesNotMatch(text, /니다|님/, at);
      for (const [at, text] of inEnglish) {
        assert.doesNotMatch(text, korean, at);
        // What the contract leaves unspecified is not shown.
        if (text !== "" || inKorean.get(at) !== "") assert.notEqual(text, inKorean.get(at), at);
      }
    }
  }
});

test("the browser's first language that the app speaks is taken, or else Korean", () => {
  assert.equal(languageOf(["en-US", "ko"]), "en");
  assert.equal(languageOf(["ko-KR", "en"]), "ko");
  assert.equal(languageOf(["de-DE", "EN-gb"]), "en");
  assert.equal(languageOf(["de", "ja"]), "ko");
  assert.equal(languageOf([]), "ko");
  // Not the beginning of another language's name.
  assert.equal(languageOf(["kok-IN", "en"]), "en");
});

test("times, numbers, names and rules in English", () => {
  setLanguage("en");
  const now = new Date("2026-11-25T10:00:00Z");
  const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  assert.equal(dayAndClock(now, now), "Today 19:00");
  assert.equal(day(new Date("2026-12-03T03:00:00Z"), now), "Thu 3 December");
  assert.equal(day(new Date("2025-12-03T03:00:00Z"), now), "3 December 2025");
  assert.deepEqual(
    [0, 1, 59, 60, 11 * 60, 20 * 60].map((minutes) => ago(before(minutes), now)),
    ["Just now", "1 minute ago", "59 minutes ago", "1 hour ago", "11 hours ago", "Yesterday"],
  );
  assert.deepEqual([10, 60, 90].map(duration), ["10 min", "1 h", "1 h 30 min"]);
  assert.equal(wordsOf(uiWords).tooLong(10_000, 1), "At most 10,000 characters. Remove 1.");
  assert.equal(nameOf(undefined), "Withdrawn member");
  assert.equal(rulesInWords(undefined), "The club's default rules");
});
