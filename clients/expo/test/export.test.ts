import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const bundles = fileURLToPath(new URL("../output/export/_expo/static/js/", import.meta.url));
/** What a file of Hermes bytecode begins with. */
const magic = "c61fbc03c103191f";

for (const platform of ["android", "ios"]) {
  test(`the app for ${platform} is Hermes bytecode`, () => {
    const [bundle = "", ...others] = readdirSync(`${bundles}${platform}`).filter((name) => name.endsWith(".hbc"));
    assert.deepEqual(others, []);
    const path = `${bundles}${platform}/${bundle}`;
    assert.equal(readFileSync(path).subarray(0, 8).toString("hex"), magic);
    assert.ok(statSync(path).size < 8_000_000, `it takes ${statSync(path).size} bytes`);
  });
}
