import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetDrafts, keepDraft, readDraft } from "../../src/drafts/drafts";
import { conform, rebased } from "../../src/drafts/merge";

const base = { title: "저녁", places: 4, pinned: false };

test("what was typed stays and the rest follows", () => {
  const now = { title: "아침", places: 6, pinned: false };
  const edited = rebased({ base, version: 1, value: { ...base, title: "저녁 번개", pinned: true }, changed: [] }, now, 2);
  assert.deepEqual(edited, { base: now, version: 2, value: { title: "저녁 번개", places: 6, pinned: true }, changed: ["title", "places"] });
  // And again: what was changed before is still said.
  const later = rebased(edited, { ...now, places: 8 }, 3);
  assert.deepEqual([later.value, later.changed], [{ title: "저녁 번개", places: 8, pinned: true }, ["title", "places"]]);
});

test("a version that changes nothing of the form is no change", () => {
  assert.deepEqual(rebased({ base, version: 1, value: { ...base, places: 8 }, changed: [] }, { ...base }, 5), {
    base,
    version: 5,
    value: { ...base, places: 8 },
    changed: [],
  });
});

test("what another version of the app has kept is left alone", () => {
  assert.deepEqual(conform(base, { title: "가", places: 2, pinned: true, more: 1 }), { title: "가", places: 2, pinned: true });
  for (const kept of [undefined, null, "가", [], { title: "가" }, { ...base, places: "4" }]) assert.equal(conform(base, kept), undefined);
  assert.equal(conform("", "쓰다 만 글"), "쓰다 만 글");
  assert.deepEqual(conform({ list: [] as string[] }, { list: ["a"] }), { list: ["a"] });
  assert.equal(conform({ list: [] as string[] }, { list: {} }), undefined);
});

// As where the browser blocks its storage: there is none here.
test("drafts are limited and forgotten in memory too", () => {
  for (let i = 0; i < 40; i++) keepDraft("민수", `${i}`, "쓰다 만 글");
  keepDraft("영희", "post", "다른 글");
  const left = () => Array.from({ length: 40 }, (_, i) => readDraft("민수", `${i}`)).filter((draft) => draft !== undefined);
  assert.equal(left().length, 29);
  forgetDrafts("민수");
  assert.deepEqual(left(), []);
  assert.equal(readDraft("영희", "post"), "다른 글");
});
