import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const repository = new URL("../../../", import.meta.url);

const documents = ["clients/typescript/README.md", "clients/expo/README.md"];

for (const document of documents) {
  const text = readFileSync(new URL(document, repository), "utf8");
  // A block of code that names the file it was taken from.
  const excerpts = [...text.matchAll(/<!-- (\S+) -->\n+```\w+\n(.*?)```/gs)];

  test(`what ${document} shows is in the app`, () => {
    assert.ok(excerpts.length > 0, "no excerpt was found");
    for (const [, path = "", code = ""] of excerpts) {
      assert.ok(path.startsWith("clients/expo/src/"), path);
      const source = readFileSync(new URL(path, repository), "utf8");
      assert.ok(source.includes(code), `this is not in ${path}:\n${code}`);
    }
  });
}

test("the app of 30 lines has 30 lines, and all of them are shown", () => {
  const path = "clients/expo/src/examples/Chat.tsx";
  const source = readFileSync(new URL(path, repository), "utf8");
  assert.equal(source.trimEnd().split("\n").length, 30);
  const text = readFileSync(new URL("clients/typescript/README.md", repository), "utf8");
  assert.ok(text.includes(`<!-- ${path} -->\n\`\`\`tsx\n${source}\`\`\``));
});
