// What was read from the server: after something was deleted, after going back, and without a network.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { announce, type Member } from "./api";
import { desktop, phone, signInAs, signInOn } from "./browser";
import { browser, head, members, page, server, signInHead, startClub, window } from "./fixture";

startClub(4, async () => {
  for (let i = 1; i <= 45; i++) await head.call("POST", "/api/v1/posts", { title: `글 ${i}번`, content: "내용", category: "free" });
  await signInHead(phone);
});

const post = (n: number) => page.locator(".post-row", { hasText: new RegExp(`글 ${n}번`) });

/** Opens the list of posts and scrolls until all pages are there. */
async function allPosts() {
  await page.goto(`${server.url}/posts`);
  await post(45).waitFor();
  while ((await post(1).count()) === 0) {
    const had = await page.locator(".post-row").count();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction((n) => document.querySelectorAll(".post-row").length > n, had);
  }
}

test("a post that is deleted after further pages were loaded stays away", async () => {
  await allPosts();
  await post(3).click();
  await page.getByRole("heading", { name: "글 3번" }).waitFor();
  await page.getByRole("button", { name: "글 메뉴" }).click();
  await page.getByRole("button", { name: "삭제" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
  await page.getByRole("heading", { name: "게시판" }).waitFor();
  await post(4).waitFor();
  await post(3).waitFor({ state: "detached" });
  // Also by others, once the list is read again.
  const { posts } = await head.call("GET", "/api/v1/posts?limit=45");
  await head.call("DELETE", `/api/v1/posts/${posts.find(({ title }: { title: string }) => title === "글 5번").id}`);
  await page.getByRole("link", { name: "현황판", exact: true }).click();
  await page.getByRole("heading", { name: "현황판" }).waitFor();
  await page.getByRole("link", { name: "게시판", exact: true }).click();
  await post(45).waitFor();
  await post(5).waitFor({ state: "detached" });
  await post(6).waitFor();
});

test("going back leads to where the reader was", async () => {
  await allPosts();
  await post(20).scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => scrollY);
  assert.ok(before > 1000, `scrolled to ${before}`);
  await post(20).click();
  await page.getByRole("heading", { name: "글 20번" }).waitFor();
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.goBack();
  await post(20).waitFor();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 4, before);
  // Also when the list has to be read first.
  await post(20).click();
  await page.getByRole("heading", { name: "글 20번" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "글 20번" }).waitFor();
  await page.goBack();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 4, before);
  // And forth to the beginning of the post, and by the page's own way back.
  await post(20).click();
  await page.getByRole("button", { name: "뒤로" }).click();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 4, before);
  // A page that is gone to begins at its beginning.
  await page.getByRole("link", { name: "현황판", exact: true }).click();
  await page.getByRole("heading", { name: "현황판" }).waitFor();
  await page.getByRole("link", { name: "게시판", exact: true }).click();
  await post(45).waitFor();
  assert.equal(await page.evaluate(() => scrollY), 0);
});

test("more comments are added to what the post has become meanwhile", async () => {
  const { post } = await head.call("POST", "/api/v1/posts", { title: "긴 이야기", content: "내용", category: "free" });
  for (let i = 1; i <= 120; i++) await head.call("POST", `/api/v1/posts/${post.id}/comments`, { content: `댓글 ${i}번` });
  await page.goto(`${server.url}/posts/${post.id}`);
  const first = page.locator(".comment", { hasText: /댓글 1번/ });
  await first.waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/ListComments", async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("button", { name: "댓글 더 보기" }).click();
  await first.getByRole("button", { name: "삭제" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
  await first.waitFor({ state: "detached" });
  const had = await page.locator(".comment").count();
  release();
  await page.waitForFunction((n) => document.querySelectorAll(".comment").length > n, had);
  assert.equal(await first.count(), 0);
  await page.unroute("**/ListComments");
});

test("where the reader was is forgotten if the browser stores nothing", async () => {
  const errors = await page.evaluate(() => {
    const messages: string[] = [];
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    addEventListener("error", ({ message }) => messages.push(message), { once: true });
    dispatchEvent(new PageTransitionEvent("pagehide"));
    Storage.prototype.setItem = setItem;
    return messages;
  });
  assert.deepEqual(errors, []);
});

/** Takes the network away from the page, which was there before. */
async function reloadOffline() {
  await page.goto(server.url);
  await page.getByRole("heading", { name: "현황판" }).waitFor();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
  await page.reload();
  await page.getByText("오늘 예정된 경기가 없").waitFor();
  await window.context.setOffline(true);
}

test("reloaded without a network, each page shows what was kept or says that it is offline", async () => {
  for (const [path, content, method] of [
    ["/members", members[0]?.name ?? "", "ListMembers"],
    ["/me", "1:1 대화 받기", "GetProfile"],
    ["/posts", "글 45번", "ListPosts"],
  ] as const) {
    await page.goto(server.url + path);
    await page.getByRole("main").getByText(content).first().waitFor();
    // Until it is kept.
    await untilKept((text) => text.includes(method));
  }
  await reloadOffline();
  for (const [path, content] of [
    ["/", "1번 코트"],
    ["/posts", "글 45번"],
    ["/members", members[0]?.name ?? ""],
    ["/me", "1:1 대화 받기"],
  ] as const) {
    // Again and again: what could not be read again stays.
    for (let i = 0; i < 2; i++) {
      await page.goto(server.url + path);
      await page
        .getByRole("main")
        .getByText(content)
        .first()
        .waitFor({ timeout: 15_000 })
        .catch(() => assert.fail(`${path} does not show ${content}`));
    }
  }
  for (const path of ["/games?show=past", "/games/nothing", "/chat/nothing", "/posts?search=xyz", "/me/sessions"]) {
    await page.goto(server.url + path);
    await page.getByRole("main").getByText("오프라인이에요").first().waitFor();
    assert.equal(await page.getByRole("main").locator(".state-loading").count(), 0, `${path} seems to be loading`);
  }
  await window.context.setOffline(false);
  await page.getByText("이 기기").waitFor();
});

test("rooms, games and notifications are shown without a network", async () => {
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "오프라인 방", participants: [members[3]?.id] });
  await head.call("POST", `/api/v1/chat/rooms/${room.id}/messages`, { content: "꺼져도 보여요", temp_id: "offline-1" });
  const game = await announce(head, { title: "오프라인 번개", minutes: 60, places: 4 });
  const { context, page } = await signInAs(browser, server.url, members[3] as Member, { viewport: phone });
  await head.call("POST", "/api/v1/notifications/broadcast", { title: "오프라인 알림", body: "" });
  await page.goto(`${server.url}/notifications`);
  await page.getByText("오프라인 알림").waitFor();
  await page.goto(`${server.url}/chat/${room.id}`);
  await page.getByRole("log").getByText("꺼져도 보여요").waitFor();
  await untilKept((text) => ["꺼져도 보여요", "오프라인 번개", "오프라인 알림"].every((kept) => text.includes(kept)), page);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).active);
  await context.setOffline(true);
  for (const [path, content] of [
    ["/chat", "오프라인 방"],
    [`/chat/${room.id}`, "꺼져도 보여요"],
    ["/games", "오프라인 번개"],
    [`/games/${game.id}`, "오프라인 번개"],
    ["/notifications", "오프라인 알림"],
  ] as const) {
    await page.goto(server.url + path);
    await page.getByRole("main").getByText(content).first().waitFor();
  }
  // What was not kept is not said to be missing.
  await page.goto(`${server.url}/chat/nothing`);
  await page.getByRole("main").getByText("오프라인이에요").first().waitFor();
  await context.close();
});

test("what is being written in a room belongs to who writes it", async () => {
  const [a, b] = members as [Member, Member];
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "초안", participants: [a.id, b.id] });
  const { context, page } = await signInAs(browser, server.url, a, { viewport: desktop });
  const box = page.getByRole("textbox", { name: "메시지" });
  await page.goto(`${server.url}/chat/${room.id}`);
  await box.fill("아직 쓰는 중");
  // Signing out leaves nothing behind, not even for the same user.
  for (const [next, text] of [
    [b, "b의 글"],
    [a, ""],
  ] as const) {
    await page.goto(`${server.url}/me`);
    await page.getByRole("button", { name: "로그아웃" }).click();
    await signInOn(page, next);
    await page.getByRole("button", { name: "로그아웃" }).waitFor();
    await page.goto(`${server.url}/chat/${room.id}`);
    await box.waitFor();
    assert.equal(await box.inputValue(), "");
    await box.fill(text);
  }
  await context.close();
});

/** Returns all that is kept on the device, as text. */
async function keptOnDevice(of: Page): Promise<string> {
  return of.evaluate(async () => {
    const request = indexedDB.open("dongbaejul");
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const all = database.transaction("kept").objectStore("kept").getAll();
    const values = await new Promise<unknown[]>((resolve) => {
      all.onsuccess = () => resolve(all.result);
    });
    database.close();
    return values.length === 0 ? "" : JSON.stringify(values, (_, value) => (typeof value === "bigint" ? String(value) : value));
  });
}

/** Waits until what is kept on the device is as wanted. */
async function untilKept(wanted: (text: string) => boolean, of = page) {
  const end = Date.now() + 15_000;
  while (!wanted(await keptOnDevice(of))) {
    assert.ok(Date.now() < end, "waited in vain for what is kept on the device");
    await of.evaluate(() => new Promise(requestAnimationFrame));
  }
}

test("what was kept is gone after signing out", async () => {
  await page.goto(`${server.url}/posts`);
  await page.getByText("글 45번").waitFor();
  await untilKept((text) => text.includes("ListPosts"));
  await page.goto(`${server.url}/me`);
  await page.getByRole("button", { name: "로그아웃" }).click();
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  await untilKept((text) => text === "");
});
