import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src/", import.meta.url));

/** Returns the files of src that each file of it imports, types included. */
function readImports(): Map<string, string[]> {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  return new Map(
    files.map((name) => {
      const found = readFileSync(join(src, name), "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g);
      const modules = [...found].map(([, path = ""]) => join(dirname(name), path));
      return [name, modules.map((module) => files.find((file) => file.replace(/\.tsx?$/, "") === module) ?? module)];
    }),
  );
}

/** Returns a path of files that begins and ends with the same one; undefined if there is none. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) {
      return [...path.slice(path.indexOf(file)), file];
    }
    if (done.has(file)) {
      return undefined;
    }
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) {
        return cycle;
      }
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  return undefined;
}

test("a cycle of imports is found", () => {
  assert.deepEqual(
    findCycle(
      new Map([
        ["a", ["b"]],
        ["b", ["c", "d"]],
        ["c", []],
        ["d", ["b"]],
      ]),
    ),
    ["b", "d", "b"],
  );
});

test("no two files import each other", () => {
  const imports = readImports();
  assert.ok(imports.get(join("subscribe", "subscribe.ts"))?.includes("connection.ts"), relative(process.cwd(), src));
  assert.deepEqual(findCycle(imports), undefined);
});
