import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { signedIn } from "./support/club.js";
import { Server } from "./support/server.js";

const folder = fileURLToPath(new URL("./package/", import.meta.url));
const packed = fileURLToPath(new URL("../.pack/", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
const require = createRequire(join(folder, "package.json"));

describe("the packed package", () => {
  let tarball: string;
  before(() => {
    assert.ok(existsSync(packed), "the package is not packed: use `make test-typescript`");
    tarball = join(packed, readdirSync(packed).find((name) => name.endsWith(".tgz")) ?? "");
  });

  test("holds the licence and the changes, and says where it comes from", () => {
    const installed = join(folder, "node_modules/@dongbaejul/client");
    const read = (path: string) => readFileSync(path, "utf8");
    assert.equal(read(join(installed, "LICENSE")), read(fileURLToPath(new URL("../../../LICENSE", import.meta.url))));
    const { version, repository, homepage, bugs } = JSON.parse(read(join(installed, "package.json"))) as Record<string, string>;
    assert.match(read(join(installed, "CHANGELOG.md")), new RegExp(`^## (Unreleased|${version})$`, "m"));
    assert.ok(repository && homepage && bugs, "a field is missing");
  });

  test("is found in order by publint", async () => {
    const { publint } = (await import(pathToFileURL(require.resolve("publint")).href)) as {
      publint: (options: object) => Promise<{ messages: unknown[] }>;
    };
    const { messages } = await publint({ pkgDir: join(folder, "node_modules/@dongbaejul/client"), pack: false, strict: true });
    assert.deepEqual(messages, []);
  });

  test("has the right types by every way to find them", () => {
    const { status, stdout } = spawnSync(join(folder, "node_modules/.bin/attw"), [tarball, "--no-emoji", "--format", "table-flipped"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  });

  test("compiles in a browser's program by the strictest settings", () => {
    const { status, stdout } = spawnSync(tsc, ["-p", folder], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  test("is the same in both of its forms", () => {
    execFileSync(process.execPath, [join(folder, "node.mjs")], { encoding: "utf8" });
  });

  test("has the rules of the contract: protovalidate refuses what the server refuses", async () => {
    const server = await Server.start();
    const client = await signedIn(server, 0);
    const program = spawnSync(process.execPath, [join(folder, "rules.mjs")], { encoding: "utf8" });
    assert.equal(program.status, 0, program.stderr);
    const { request, violations } = JSON.parse(program.stdout) as { request: object; violations: { field: string; rule: string }[] };
    assert.ok(violations.length > 2);
    await assert.rejects(client.posts.createPost(request), (e) => {
      const fault = client.fault(e);
      assert.equal(fault.kind, "invalid");
      assert.deepEqual(fault.kind === "invalid" && fault.fields.map(({ field, rule }) => ({ field, rule })), violations);
      return true;
    });
    await server.stop();
  });

  test("is what @connectrpc/connect-query-core asks by, for TanStack Query", async () => {
    const server = await Server.start();
    const client = await signedIn(server, 0);
    const { createQueryOptions, createConnectQueryKey } = require("@connectrpc/connect-query-core") as {
      createQueryOptions: (method: unknown, input: unknown, options: unknown) => { queryKey: unknown };
      createConnectQueryKey: (options: unknown) => unknown;
    };
    const { QueryClient } = require("@tanstack/query-core") as {
      QueryClient: new () => { fetchQuery(o: object): Promise<{ courts: unknown[] }>; getQueryData(key: unknown): unknown };
    };
    const { GameService } = await import("../src/index.js");
    const queries = new QueryClient();
    const schema = GameService.method.listCourts;
    const { courts } = await queries.fetchQuery(createQueryOptions(schema, {}, { transport: client.transport }));
    assert.ok(courts.length > 0);
    const key = createConnectQueryKey({ schema, transport: client.transport, input: {}, cardinality: "finite" });
    assert.ok(queries.getQueryData(key) !== undefined);
    await server.stop();
  });
});
