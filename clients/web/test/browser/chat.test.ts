// A room with a long history: what is drawn of it, and where its reader is.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Member } from "./api";
import { desktop } from "./browser";
import { countDraws, draws } from "./draws";
import { head, members, page, server, signInHead, startClub, window } from "./fixture";

const many = 500;

let writer: Member;
let room: string;

startClub(1, async () => {
  [writer] = members as [Member];
  room = (await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "긴 대화", participants: [writer.id] })).room.id;
  for (let i = 1; i <= many; i++) await say(i, i % 7 === 0 ? "\n둘째 줄\n셋째 줄" : "");
  await signInHead(desktop);
  await countDraws(window.context, ["view", "answered", "onAnswer"]);
});

async function say(n: number, more = "") {
  await writer.call("POST", `/api/v1/chat/rooms/${room}/messages`, { temp_id: `m${n}`, content: `${n}번째 메시지${more}` });
}

const bubble = (n: number) => page.locator(".bubble", { hasText: new RegExp(`^${n}번째`) });
const log = () => page.getByRole("log");

/** Scrolls up until the message is there. */
async function scrollUpTo(n: number) {
  await log().hover();
  for (let i = 0; i < 400 && (await bubble(n).count()) === 0; i++) {
    await page.mouse.wheel(0, -500);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  await bubble(n).waitFor();
}

test("one new message in a room of 500 draws no more than three, and few are in the page", async (t) => {
  await page.goto(`${server.url}/chat/${room}`);
  await bubble(many).waitFor();
  await scrollUpTo(1);
  await page.getByRole("button", { name: "최근 메시지로" }).click();
  await bubble(many).waitFor();
  await page.getByRole("button", { name: "최근 메시지로" }).waitFor({ state: "detached" });
  const present = await page.locator(".bubble").count();
  t.diagnostic(`${present} of ${many} messages are in the page`);
  assert.ok(present < 100, `${present} messages are in the page`);
  await draws(page);
  await say(many + 1);
  await bubble(many + 1).waitFor();
  // It is read, which is noted beside it.
  await bubble(many + 1)
    .locator("xpath=..")
    .locator(".message-unread")
    .waitFor({ state: "detached" });
  const drawn = await draws(page);
  t.diagnostic(`${drawn} draws`);
  assert.ok(drawn >= 1 && drawn <= 3, `${drawn} messages were drawn`);
  // The reader follows it.
  assert.equal(await page.getByRole("button", { name: "최근 메시지로" }).count(), 0);
});

test("typing draws no message again", async () => {
  await draws(page);
  await page.getByRole("textbox", { name: "메시지" }).pressSequentially("열 글자를 써 본다");
  assert.equal(await draws(page), 0);
});

test("older messages come by scrolling, each once and in order, and what is read stays where it is", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  await bubble(many).waitFor();
  const seen: number[] = [];
  const numbers = async () => (await page.locator(".bubble .text").allTextContents()).map((text) => Number.parseInt(text, 10));
  await log().hover();
  for (let i = 0; i < 400 && seen[0] !== 1; i++) {
    const present = await numbers();
    const run = Array.from(present, (_, n) => (present[0] ?? 0) + n);
    assert.deepEqual(present, run, "what is in the page has a hole");
    assert.ok(seen.length === 0 || (present.at(-1) ?? 0) >= (seen[0] ?? 0) - 1, `${present.at(-1)} is followed by ${seen[0]}`);
    seen.unshift(...present.filter((n) => seen[0] === undefined || n < seen[0]));
    await page.mouse.wheel(0, -400);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  assert.deepEqual(
    seen.filter((n) => n <= many),
    Array.from({ length: many }, (_, i) => i + 1),
  );
});

test("what is read does not move while older messages are put before it", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  await bubble(many).waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/ListMessages", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/ListMessages");
  await log().hover();
  while ((await page.evaluate(() => document.querySelector("[role=log]")?.scrollTop ?? 0)) > 300) {
    await page.mouse.wheel(0, -300);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  await asked;
  const read = page.locator(".bubble").nth(6);
  const text = Number.parseInt((await read.textContent()) ?? "", 10);
  const before = (await bubble(text).boundingBox())?.y ?? Number.NaN;
  const height = await page.evaluate(() => document.querySelector("[role=log]")?.scrollHeight ?? 0);
  release();
  await page.waitForFunction((height) => (document.querySelector("[role=log]")?.scrollHeight ?? 0) > height + 500, height);
  await page.unroute("**/ListMessages");
  const moved = ((await bubble(text).boundingBox())?.y ?? Number.NaN) - before;
  assert.ok(Math.abs(moved) < 4, `what is read has moved by ${moved} px`);
});

test("going back to a room leads to what was read there", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  await bubble(many).waitFor();
  await scrollUpTo(300);
  const read = bubble(300);
  await read.scrollIntoViewIfNeeded();
  const before = (await read.boundingBox())?.y ?? Number.NaN;
  await page.getByRole("link", { name: "현황판", exact: true }).click();
  await page.getByRole("heading", { name: "현황판" }).waitFor();
  await page.goBack();
  await read.waitFor();
  await page.waitForFunction((y) => {
    const found = [...document.querySelectorAll(".bubble")].find((bubble) => bubble.textContent?.startsWith("300번째"));
    return found && Math.abs(found.getBoundingClientRect().top - y) < 8;
  }, before);
  // Whoever was at the end is there again.
  await page.getByRole("button", { name: "최근 메시지로" }).click();
  await bubble(many + 1).waitFor();
  await page.getByRole("button", { name: "최근 메시지로" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "현황판", exact: true }).click();
  await page.getByRole("heading", { name: "현황판" }).waitFor();
  await page.goBack();
  await bubble(many + 1).waitFor();
  window.wantNoFaults();
});
