// The albums of the Band: from the first sync to a hidden photo.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Answer, Member } from "./api";
import { desktop, phone, signInAs } from "./browser";
import { browser, head, members, page, server, signInHead, startClub, window } from "./fixture";

startClub(1, () => signInHead(desktop));

/** An album with this many photos or more. */
async function albumOf(photos: number): Promise<Answer> {
  const { albums } = await head.call("GET", "/api/v1/photos/albums?limit=100");
  return albums.find(({ photo_count }: Answer) => photo_count >= photos);
}

/** Which photo the lightbox shows: "2 / 30". */
const place = (on: Page) => on.getByRole("dialog").getByRole("status");

test("an admin syncs and sees the albums come", async () => {
  await page.goto(`${server.url}/albums`);
  await page.getByText("아직 앨범이 없어요.").waitFor();
  await page.getByText("아직 동기화한 적이 없어요.").waitFor();
  await page.getByRole("button", { name: "지금 동기화" }).click();
  await page.getByRole("progressbar", { name: "밴드와 동기화하고 있어요." }).waitFor();
  await page.locator(".album").first().waitFor();
  await page.getByText(/마지막 동기화/).waitFor();
  await page.waitForFunction(() => document.querySelector<HTMLImageElement>(".album img")?.naturalWidth);
  const ratios = await page.locator(".album-cover").evaluateAll((all) => all.map((e) => e.clientWidth / e.clientHeight));
  assert.ok(
    ratios.every((ratio) => Math.abs(ratio - 4 / 3) < 0.02),
    `covers are ${ratios}`,
  );
  await page.getByRole("progressbar").waitFor({ state: "detached" });
  window.wantNoFaults();
});

test("photos have their room before they are loaded", async () => {
  const album = await albumOf(4);
  await page.route("**/photos/**", (route) => route.abort());
  await page.goto(`${server.url}/albums/${album.id}`);
  const first = page.locator(".photo").first();
  await first.waitFor();
  const boxes = () => page.locator(".photo").evaluateAll((all) => all.map((e) => JSON.stringify(e.getBoundingClientRect())));
  const before = await boxes();
  assert.ok(before.length >= 4);
  await page.unroute("**/photos/**");
  await page.reload();
  await page.waitForFunction(() => (document.querySelector(".photo img") as HTMLImageElement | null)?.naturalWidth);
  assert.deepEqual(await boxes(), before);
});

test("the lightbox is used by keys and keeps the focus", async () => {
  await page.locator(".photo").first().press("Enter");
  await place(page).filter({ hasText: /^1 \// }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  await place(page).filter({ hasText: /^2 \// }).waitFor();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press("Tab");
    // Beyond the last button is the browser itself.
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null));
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement === document.querySelectorAll(".photo")[1]);
});

test("a photo is hidden, and shown again", async () => {
  const photos = page.locator(".photo");
  const count = await photos.count();
  const id = await photos.nth(1).getAttribute("id");
  await photos.nth(1).click();
  await page.getByRole("dialog").getByRole("button", { name: "숨기기" }).click();
  const ask = page.getByRole("dialog", { name: "이 사진을 숨길까요?" });
  await ask.getByText("밴드에는 그대로 남아요").waitFor();
  await ask.getByRole("button", { name: "취소" }).click();
  await ask.waitFor({ state: "detached" });
  await page.getByRole("dialog").getByRole("button", { name: "숨기기" }).click();
  await ask.getByRole("button", { name: "숨기기" }).click();
  await page.getByText("사진을 숨겼어요.").waitFor();
  assert.equal(await page.locator(`[id="${id}"]`).count(), 0);
  assert.equal(await photos.count(), count - 1);
  await page.getByRole("button", { name: "되돌리기" }).click();
  await page.locator(`[id="${id}"]`).waitFor();
  await page.getByText("사진을 숨겼어요.").waitFor({ state: "detached" });
});

test("a member swipes, and has no button to sync", async () => {
  const mine = await signInAs(browser, server.url, members[0] as Member, { viewport: phone, hasTouch: true, isMobile: true });
  await mine.page.goto(`${server.url}/albums`);
  await mine.page.locator(".album").first().waitFor();
  assert.equal(await mine.page.getByRole("button", { name: "지금 동기화" }).count(), 0);
  await mine.page.goto(`${server.url}/albums/${(await albumOf(4)).id}`);
  await mine.page.locator(".photo").first().tap();
  await place(mine.page).filter({ hasText: /^1 \// }).waitFor();
  const session = await mine.context.newCDPSession(mine.page);
  const touch = (type: string, ...touchPoints: { x: number; y: number }[]) =>
    session.send("Input.dispatchTouchEvent", { type: type as "touchStart", touchPoints });
  await touch("touchStart", { x: 300, y: 400 });
  await touch("touchMove", { x: 200, y: 405 });
  await touch("touchMove", { x: 100, y: 410 });
  await touch("touchEnd");
  await place(mine.page).filter({ hasText: /^2 \// }).waitFor();
  // Two fingers are the browser's.
  await touch("touchStart", { x: 150, y: 400 }, { x: 250, y: 400 });
  await touch("touchMove", { x: 50, y: 400 }, { x: 350, y: 400 });
  await touch("touchEnd");
  await place(mine.page).filter({ hasText: /^2 \// }).waitFor();
  mine.wantNoFaults();
  await mine.context.close();
});

test("an album that does not exist says so", async () => {
  await page.goto(`${server.url}/albums/nothing`);
  await page.getByRole("main").getByRole("alert").waitFor();
  assert.equal(await page.getByRole("main").locator(".state-loading").count(), 0);
});

test("a sync that is asked for while another runs says so", async () => {
  let refused = false;
  let others: Promise<void> | undefined;
  await page.route("**/dongbaejul.v1.PhotoService/SyncAlbums", async (route) => {
    others ??= (async () => {
      while (!refused) await head.call("POST", "/api/v1/photos/sync", {}).catch(() => undefined);
    })();
    // Either of them may end before the other begins: the page gets the first refusal.
    let response = await route.fetch();
    while (response.ok()) response = await route.fetch();
    refused = true;
    await route.fulfill({ response });
  });
  await page.goto(`${server.url}/albums`);
  await page.getByRole("button", { name: "지금 동기화" }).click();
  await page.getByRole("main").getByRole("alert").filter({ hasText: "동기화" }).waitFor();
  await others;
  await page.unroute("**/dongbaejul.v1.PhotoService/SyncAlbums");
});

test("an album that was opened without a network is loaded when there is one", async () => {
  const { albums } = await head.call("GET", "/api/v1/photos/albums?limit=100");
  // One that nothing is kept of.
  const { id } = albums.findLast(({ photo_count }: Answer) => photo_count > 3);
  await page.goto(server.url);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
  await window.context.setOffline(true);
  await page.goto(`${server.url}/albums/${id}`);
  await page.getByRole("main").getByText("오프라인이에요").first().waitFor();
  await window.context.setOffline(false);
  await page.locator(".photo").nth(3).waitFor();
});
