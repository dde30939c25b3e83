import assert from "node:assert/strict";
import { test } from "node:test";
import { paths, pathTo, placeAt } from "../../src/router/paths";

test("a path leads to its page and back", () => {
  assert.deepEqual(placeAt("/"), { name: "board", parameters: {} });
  assert.deepEqual(placeAt("/games/new"), { name: "newGame", parameters: {} });
  assert.deepEqual(placeAt("/games/g1/"), { name: "game", parameters: { game: "g1" } });
  assert.deepEqual(placeAt(pathTo("score", { game: "a/b ㄱ" })), { name: "score", parameters: { game: "a/b ㄱ" } });
  for (const name of Object.keys(paths) as (keyof typeof paths)[]) {
    const path = paths[name].replace(/:\w+/g, "x");
    assert.equal(placeAt(path)?.name, name, path);
  }
});

test("other paths lead nowhere", () => {
  for (const path of ["/nothing", "/games/g1/nothing", "/games//", "/Games"]) assert.equal(placeAt(path), undefined, path);
});

test("a path that is not encoded well is taken as it is", () => {
  assert.deepEqual(placeAt("/games/100%"), { name: "game", parameters: { game: "100%" } });
});
