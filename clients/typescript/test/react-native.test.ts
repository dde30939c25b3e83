import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { memoryStorage } from "../src/index.js";
import { openRoom, say, signedIn } from "./support/club.js";
import { Server } from "./support/server.js";

const folder = fileURLToPath(new URL("./react-native", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
const installed = join(folder, "node_modules/@dongbaejul/client");

describe("React Native", () => {
  let out: string;
  let bundle: string;

  before(async () => {
    assert.ok(existsSync(installed), "the packed package is not installed in test/react-native: use `make test-typescript`");
    out = mkdtempSync(join(tmpdir(), "dongbaejul-metro-"));
    bundle = await bundled(out);
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  test("finds the types right by its own settings", () => {
    execFileSync(tsc, ["-p", folder], { encoding: "utf8" });
  });

  test("has all that the package's declarations name", () => {
    // The libraries' own need types of the DOM, which React Native's settings do not look at.
    const { stdout } = spawnSync(tsc, ["-p", folder, "--skipLibCheck", "false"], { encoding: "utf8", cwd: folder });
    assert.match(stdout, /@connectrpc\/connect/, "the declarations of libraries were not looked at");
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.includes("@dongbaejul/client/")),
      [],
    );
  });

  test("compiles Metro's bundle by Hermes", () => {
    const platform = { linux: "linux64-bin", darwin: "osx-bin", win32: "win64-bin" }[process.platform as string] ?? "linux64-bin";
    const hermesc = join(folder, "node_modules/hermes-compiler/hermesc", platform, "hermesc");
    const bytecode = join(out, "app.hbc");
    execFileSync(hermesc, ["-O", "-emit-binary", "-out", bytecode, bundle], { stdio: ["ignore", "pipe", "pipe"] });
    assert.ok(statSync(bytecode).size > 10_000);
  });

  test("runs the bundle with no more than it has, on its own fetch", async () => {
    const server = await Server.start();
    const leader = await signedIn(server, "leader");
    const room = await openRoom(leader);
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    const asked: string[] = [];
    const sandbox = createContext(reactNativeGlobals(asked));
    runInContext(readFileSync(bundle, "utf8"), sandbox);
    assert.ok((sandbox["namesOfHooks"] as string[]).includes("useMessages"));
    const follow = sandbox["followRoom"] as (...args: unknown[]) => Promise<string[]>;
    const received = follow(server.url, await tokens.getItem("dongbaejul.session"), room, "안녕하세요");
    const answering = setInterval(() => {
      if (asked.some((url) => url.endsWith("/SendMessage"))) {
        clearInterval(answering);
        void say(leader, room, "반가워요");
      }
    }, 20);
    assert.deepEqual([...(await received)].sort(), ["true", "반가워요", "안녕하세요"]);
    assert.ok(asked.some((url) => url.endsWith("/Poll")));
    assert.ok(!asked.some((url) => url.endsWith("/Subscribe")), "it has asked for a stream");
    await server.stop();
  });
});

/** Bundles the program as `npx react-native bundle` does. */
async function bundled(out: string): Promise<string> {
  const require = createRequire(join(folder, "package.json"));
  const metro = require("metro") as {
    loadConfig(argv: object, overrides: object): Promise<object>;
    runBuild(config: object, options: object): Promise<unknown>;
  };
  const config = await metro.loadConfig(
    { cwd: folder, "reset-cache": true },
    {
      projectRoot: folder,
      cacheStores: [],
      maxWorkers: 1,
      reporter: { update: () => {} },
      resolver: { useWatchman: false },
      transformer: { babelTransformerPath: require.resolve("@react-native/metro-babel-transformer") },
    },
  );
  const file = join(out, "app.js");
  await metro.runBuild(config, { entry: "app.ts", out: file, platform: "ios", dev: false, minify: false });
  return file;
}

/** The globals of React Native that the package may use: no ReadableStream, no crypto, and a fetch over XMLHttpRequest. */
function reactNativeGlobals(asked: string[]): Record<string, unknown> {
  class Answer {
    constructor(
      readonly status: number,
      readonly headers: Headers,
      private readonly bytes: ArrayBuffer,
    ) {}
    get ok() {
      return this.status >= 200 && this.status < 300;
    }
    arrayBuffer = () => Promise.resolve(this.bytes);
    text = () => Promise.resolve(new TextDecoder().decode(this.bytes));
    json = () => this.text().then((text) => JSON.parse(text) as unknown);
  }
  const xhr = Object.assign(
    async (url: string, init: RequestInit) => {
      asked.push(url);
      const response = await fetch(url, init);
      return new Answer(response.status, response.headers, await response.arrayBuffer());
    },
    // It is whatwg-fetch, which marks itself.
    { polyfill: true },
  );
  return {
    ...{ fetch: xhr, Response: Answer, Headers, AbortController, TextEncoder, TextDecoder },
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, console, nativePerformanceNow: () => performance.now() },
  };
}
