import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { newGame, openRoom, say, signedIn } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

/** What a page has that Node lacks: an address, and a storage that outlives the page. */
const page = `
import { readFileSync, writeFileSync } from "node:fs";
const file = process.env.STORAGE;
const items = new Map(Object.entries(JSON.parse(readFileSync(file, "utf8"))));
const keep = () => writeFileSync(file, JSON.stringify(Object.fromEntries(items)));
globalThis.localStorage = {
  getItem: (key) => items.get(key) ?? null,
  setItem: (key, value) => { items.set(key, value); keep(); },
  removeItem: (key) => { items.delete(key); keep(); },
};
const { href, search, origin, pathname } = new URL(process.env.ADDRESS);
globalThis.location = { href, search, origin, pathname, assign: (url) => { console.log("to " + url); } };
await import("./app.js");
`;

let server: Server;
let folder: string;
const pages = new Set<ChildProcess>();
before(async () => {
  server = await Server.start();
  folder = mkdtempSync(join(tmpdir(), "dongbaejul-readme-"));
});
after(async () => {
  pages.forEach((child) => child.kill());
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page that the program is in, and returns what it prints. */
function open(address: string): { lines: () => string; ended: Promise<unknown> } {
  const env = { ...process.env, ADDRESS: address, STORAGE: join(folder, "storage.json") };
  const child = spawn(process.execPath, ["page.js"], { cwd: folder, env });
  pages.add(child);
  let text = "";
  const take = (bytes: Buffer) => (text += bytes.toString());
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return { lines: () => text, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

test("the first program of the README works as pasted, with what its line installs", { timeout: 180_000 }, async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, install = ""] = /```sh\nnpm install (.*)\n```/.exec(readme) ?? [];
  const [, program = ""] = /```ts\n([^]*?)```/.exec(readme) ?? [];
  assert.match(program, /createClub/);
  const tarball = readdirSync(join(root, ".pack")).find((name) => name.endsWith(".tgz")) ?? "";
  const packages = install.split(" ").map((name) => (name === "@dongbaejul/client" ? join(root, ".pack", tarball) : name));

  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], { cwd: folder });
  writeFileSync(join(folder, "app.ts"), program.replace("http://localhost:3000", server.url));
  writeFileSync(join(folder, "page.js"), page);
  writeFileSync(join(folder, "storage.json"), "{}");
  const settings = [
    "--strict",
    "--skipLibCheck",
    "false",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--lib",
    "es2022,dom,dom.iterable",
  ];
  const { stdout } = await run(join(root, "node_modules/.bin/tsc"), [...settings, "--types", "", "app.ts"], { cwd: folder }).catch(
    (e: unknown) => e as { stdout: string },
  );
  assert.equal(stdout, "");

  const leader = await signedIn(server, "leader");
  await newGame(leader);
  const room = await openRoom(leader);
  await say(leader, room, "안녕하세요");

  const first = open("http://localhost:5173/");
  await first.ended;
  const [, consent = ""] = /^to (\S+)/.exec(first.lines()) ?? [];
  assert.match(consent, /^http/, first.lines());
  const [member] = (await server.members()).filter((m) => m.role === "member");
  const answer = await fetch(`${consent}&user_key=${member?.user_key}`, { redirect: "manual" });
  const back = answer.headers.get("Location") ?? "";
  assert.match(back, /^http:\/\/localhost:5173\/\?.*code=/);
  const second = open(back);
  const shown = (what: RegExp) =>
    until(`${what}`, () => what.test(second.lines()), 30_000).catch((e: Error) => assert.fail(e.message + second.lines()));
  await shown(/목요 단식/);
  await shown(/동배즐 전체: \d/);
});
