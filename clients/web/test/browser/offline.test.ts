// The app without a network: nothing but what the first visit has left is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Member } from "./api";
import { openWindow, signInAs, type Window } from "./browser";
import { browser, members, server, startClub } from "./fixture";

startClub(1);

/** Waits for the service worker to have kept the app, and takes away the network and all else that the browser has kept. */
async function goOffline({ context, page }: Window) {
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.clearBrowserCache");
  await cdp.detach();
  await context.setOffline(true);
}

/** Reloads a page twice: the first time may be served from memory. */
async function reload(page: Page) {
  for (let i = 0; i < 2; i++) await page.reload();
}

test("after the first visit the app opens without a network", async () => {
  const window = await openWindow(browser, {});
  const { page } = window;
  await page.goto(server.url);
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  await goOffline(window);
  await reload(page);
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  await window.context.close();
});

test("after the first sign-in every page opens without a network", async () => {
  const window = await signInAs(browser, server.url, members[0] as Member);
  const { page } = window;
  await goOffline(window);
  for (const path of ["/games", "/chat", "/posts", "/me"]) {
    await page.goto(server.url + path);
    await page.getByRole("navigation", { name: "주 메뉴" }).waitFor();
    await page.getByText("오프라인이에요").waitFor();
    assert.equal(await page.getByText("이 화면을 보여 주지 못했어요.").count(), 0, path);
    assert.ok(await page.getByRole("heading", { level: 1 }).first().isVisible(), path);
  }
  await window.context.close();
});
