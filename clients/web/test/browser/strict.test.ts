// The app as its developers run it: by Vite's server, with React's development build, whose StrictMode renders and runs effects twice.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Request } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import type { Member } from "./api";
import { openWindow, signInOn } from "./browser";
import { browser, head, members, server, startClub } from "./fixture";

const root = fileURLToPath(new URL("../../", import.meta.url));

let vite: ViteDevServer;
let url: string;

startClub(2, async () => {
  process.env.SERVER = server.url;
  vite = await createServer({ root, configFile: `${root}vite.config.ts`, logLevel: "error", server: { port: 0, host: "localhost" } });
  await vite.listen();
  url = vite.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
});
after(async () => {
  await vite?.close();
});

test("signing in, following the club and sending happen once though everything is rendered twice", async () => {
  const [member] = members as [Member];
  const room = (await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "두 번", participants: [member.id] })).room.id;
  const { context, page, wantNoFaults } = await openWindow(browser, {});
  const open = new Set<Request>();
  const completed: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/Subscribe")) open.add(request);
    if (request.url().endsWith("/CompleteBandLogin")) completed.push(request.url());
  });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));

  await page.goto(`${url}/chat/${room}`);
  await signInOn(page, member);
  // Where they were going.
  await page.getByRole("textbox", { name: "메시지" }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/chat/${room}`);
  assert.equal(completed.length, 1);

  await page.getByRole("textbox", { name: "메시지" }).fill("한 번만");
  await page.getByRole("button", { name: "보내기" }).click();
  await page.locator(".message-trace time").waitFor();
  const { messages } = await head.call("GET", `/api/v1/chat/rooms/${room}/messages`);
  assert.deepEqual(
    messages.map(({ content }: { content: string }) => content),
    ["한 번만"],
  );
  assert.equal(open.size, 1, "so many streams are open");

  await page.getByRole("link", { name: "게시판", exact: true }).click();
  await page.getByRole("heading", { name: "게시판" }).waitFor();
  await page.getByRole("link", { name: "현황판", exact: true }).click();
  await page.getByText("오늘 예정된 경기가 없").waitFor();
  await page.goto(`${url}/me`);
  await page.getByRole("button", { name: "로그아웃" }).click();
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  // Who was refused is told why.
  await page.goto(`${url}/auth?error=access_denied`);
  await page.getByRole("alert").waitFor();
  wantNoFaults();
  await context.close();
});
