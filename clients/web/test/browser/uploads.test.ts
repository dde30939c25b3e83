// Pictures that members upload: in messages, in posts and as their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page, Route } from "playwright-core";
import type { Member } from "./api";
import { desktop, phone, signInAs } from "./browser";
import { browser, head, members, page, server, signInHead, startClub, window } from "./fixture";

let room: string;

startClub(2, async () => {
  room = (await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "사진", participants: members.map(({ id }) => id) })).room
    .id;
  await signInHead(desktop);
});

/** Draws a picture of a size, as a file to choose. */
async function picture(name: string, width = 1200, height = 800) {
  const bytes = await page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.fillStyle = "#2a7";
      context.fillRect(0, 0, width, height / 2);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
    },
    [width, height] as const,
  );
  return { name, mimeType: "image/png", buffer: Buffer.from(bytes) };
}

/** Returns the page a file as pasting or dropping does, with a text beside it. Reports whether it is left to the browser. */
const give = (kind: "paste" | "drop", { name, mimeType, buffer }: Awaited<ReturnType<typeof picture>>, text?: string, on = page) =>
  on.evaluate(
    ({ kind, name, mimeType, bytes, text }) => {
      const data = new DataTransfer();
      if (text !== undefined) data.setData("text/plain", text);
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      const event =
        kind === "paste"
          ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
      return document.body.dispatchEvent(event);
    },
    { kind, name, mimeType, bytes: [...buffer], text },
  );

const tiles = (on: Page) => on.locator(".pictures-tile");
const send = () => page.getByRole("button", { name: "보내기", exact: true });

test("pictures are chosen, pasted and dropped into a message, which needs no text", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  assert.equal(await send().isDisabled(), true);
  await page.getByLabel("사진 추가").setInputFiles(await picture("셔틀콕.png"));
  await give("paste", await picture("붙인 것.png", 300, 900));
  await give("drop", await picture("놓은 것.png"));
  await page.locator(".pictures-tile:not(:has(progress))").nth(2).waitFor();
  await tiles(page).nth(2).getByRole("button", { name: "놓은 것.png 빼기" }).click();
  await send().click();
  const image = page.locator(".message-image img");
  await image.nth(1).waitFor();
  assert.equal(await tiles(page).count(), 0);
  await page.waitForFunction(() => [...document.querySelectorAll<HTMLImageElement>(".message-image img")].every((i) => i.naturalWidth > 0));
  window.wantNoFaults();
});

test("a copied text is pasted as text, though a picture comes with it", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  await page.getByRole("textbox", { name: "메시지" }).waitFor();
  assert.equal(await give("paste", await picture("표.png"), "이름\t점수\r\n"), true);
  // The name of a copied file is not a text.
  assert.equal(await give("paste", await picture("파일.png"), "파일.png"), false);
  await page.locator(".pictures-tile:not(:has(progress))").waitFor();
  assert.equal(await tiles(page).count(), 1);
  await page.getByRole("button", { name: "파일.png 빼기" }).click();
  await tiles(page).waitFor({ state: "detached" });
});

test("a message has the room of its pictures before they are loaded", async () => {
  const boxes = () => page.locator(".message-image img").evaluateAll((all) => all.map((e) => [e.clientWidth, e.clientHeight].join("×")));
  const loaded = await boxes();
  await page.route("**/photos/**", (route) => route.abort());
  await page.reload();
  await page.locator(".message-image img").nth(1).waitFor();
  assert.deepEqual(await boxes(), loaded);
  await page.unroute("**/photos/**");
});

test("a picture that cannot be sent says why, and can be sent again", async () => {
  await page.goto(`${server.url}/chat/${room}`);
  await page.getByLabel("사진 추가").setInputFiles({ name: "메모.png", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await page.getByRole("alert").filter({ hasText: "JPEG, PNG, WebP, GIF" }).waitFor();
  assert.equal(await send().isDisabled(), true);
  await page.getByRole("button", { name: "메모.png 빼기" }).click();
  await page.getByRole("textbox", { name: "메시지" }).fill("늦은 사진");
  const refuse = (route: Route) => route.fulfill({ status: 403, body: "{}" });
  await page.route("**/uploads/**", refuse);
  await page.getByLabel("사진 추가").setInputFiles(await picture("다시.png"));
  await page.getByRole("alert").filter({ hasText: "다시.png" }).waitFor();
  await page.unroute("**/uploads/**", refuse);
  await page.getByRole("button", { name: "다시 올리기" }).click();
  await page.locator(".pictures-tile:not(:has(progress)):not(.pictures-failed)").waitFor();
  await send().click();
  await page.locator(".bubble", { hasText: "늦은 사진" }).locator("img").waitFor();
});

test("a picture that is uploaded again keeps its place", async () => {
  const mine = await signInAs(browser, server.url, members[0] as Member, { viewport: desktop });
  const on = mine.page;
  await on.goto(`${server.url}/chat/${room}`);
  await on.getByRole("textbox", { name: "메시지" }).fill("차례대로");
  // The client tries a refused upload a second time by itself.
  await on.route("**/uploads/**", (route) => route.fulfill({ status: 403, body: "{}" }), { times: 2 });
  await on.getByLabel("사진 추가").setInputFiles([await picture("하나.png"), await picture("둘.png")]);
  await on.getByRole("alert").filter({ hasText: "하나.png" }).waitFor();
  await on.locator(".pictures-tile:not(:has(progress)):not(.pictures-failed)").waitFor();
  await on.getByRole("button", { name: "다시 올리기" }).click();
  await on.locator(".pictures-tile:not(:has(progress)):not(.pictures-failed)").nth(1).waitFor();
  const names = (all: Locator) => all.evaluateAll((images) => images.map((image) => image.getAttribute("alt")));
  assert.deepEqual(await names(on.locator(".pictures-tile img")), ["하나.png", "둘.png"]);
  await on.getByRole("button", { name: "보내기", exact: true }).click();
  const sent = on.locator(".bubble", { hasText: "차례대로" }).locator("img");
  await sent.nth(1).waitFor();
  assert.deepEqual(await names(sent), ["하나.png", "둘.png"]);
  await mine.context.close();
});

test("pictures beyond the most that a message can have are left out, which is said", async () => {
  const mine = await signInAs(browser, server.url, members[1] as Member, { viewport: desktop });
  const on = mine.page;
  // They are not uploaded: a member can upload only so many in an hour.
  await on.route("**/dongbaejul.v1.PhotoService/CreateUpload", () => undefined);
  await on.goto(`${server.url}/chat/${room}`);
  const small = await picture("작은 것.png", 8, 8);
  await on.getByLabel("사진 추가").setInputFiles(Array(22).fill(small));
  await on.getByRole("alert").filter({ hasText: "20장까지 넣을 수 있어서 2장은 빠졌어요" }).waitFor();
  assert.equal(await tiles(on).count(), 20);
  await on.screenshot({ path: "output/screenshots/desktop-chat-too-many.png" });
  // The button is disabled then, but a picture can still be pasted.
  await give("paste", small, undefined, on);
  await on.getByRole("alert").filter({ hasText: "1장은 빠졌어요" }).waitFor();
  await mine.context.close();
});

test("a post has its pictures in their order, and an edit takes one away", async () => {
  await page.goto(`${server.url}/posts/new`);
  await page.getByLabel("제목").fill("사진이 있는 글");
  await page.getByLabel("내용").fill("두 장");
  await page.getByLabel("사진 추가").setInputFiles([await picture("하나.png"), await picture("둘.png", 640, 640)]);
  await page.locator(".pictures-tile:not(:has(progress))").nth(1).waitFor();
  // The draft has them.
  await page.reload();
  await tiles(page).nth(1).waitFor();
  await page.getByRole("button", { name: "올리기" }).click();
  await page.locator(".post-image").nth(1).waitFor();
  assert.deepEqual(await page.locator(".post-image").evaluateAll((all) => all.map((e) => e.getAttribute("alt"))), ["하나.png", "둘.png"]);
  await page.goto(`${page.url()}/edit`);
  await page.getByRole("button", { name: "하나.png 빼기" }).click();
  await page.getByRole("button", { name: "저장" }).click();
  // The page shows first what was read before.
  await page.waitForFunction(() => document.querySelectorAll(".post-image").length === 1);
  assert.deepEqual(await page.locator(".post-image").evaluateAll((all) => all.map((e) => e.getAttribute("alt"))), ["둘.png"]);
});

test("a member's own picture is changed and removed", async () => {
  const mine = await signInAs(browser, server.url, head, { viewport: phone, hasTouch: true, isMobile: true });
  await mine.page.goto(`${server.url}/me`);
  await mine.page.getByRole("button", { name: "수정" }).click();
  await mine.page.getByLabel("사진 바꾸기").setInputFiles(await picture("나.png", 500, 500));
  await mine.page.locator(".member-header img[src*='/photos/']").waitFor();
  const { user } = await head.call("GET", "/api/v1/users/profile");
  assert.match(user.avatar, /\/photos\//);
  await mine.page.screenshot({ path: "output/screenshots/phone-me-picture.png" });
  await mine.page.getByRole("button", { name: "사진 지우기" }).click();
  await mine.page.locator(".member-header img").waitFor({ state: "detached" });
  mine.wantNoFaults();
  await mine.context.close();
});

test("pictures of messages and forms fit on a telephone", async () => {
  const mine = await signInAs(browser, server.url, members[0] as Member, { viewport: phone, hasTouch: true, isMobile: true });
  const on = mine.page;
  await on.goto(`${server.url}/chat/${room}`);
  await on.locator(".message-image img").first().waitFor();
  await on.getByLabel("사진 추가").setInputFiles([await picture("하나.png"), await picture("둘.png")]);
  await on.locator(".pictures-tile:not(:has(progress))").nth(1).waitFor();
  await on.screenshot({ path: "output/screenshots/phone-chat-pictures.png" });
  await page.goto(`${server.url}/chat/${room}`);
  await page.locator(".message-image img").first().waitFor();
  await page.screenshot({ path: "output/screenshots/desktop-chat-pictures.png" });
  await on.goto(`${server.url}/posts/new`);
  await on.getByLabel("사진 추가").setInputFiles([await picture("하나.png"), await picture("둘.png")]);
  await on.locator(".pictures-tile:not(:has(progress))").nth(1).waitFor();
  await on.screenshot({ path: "output/screenshots/phone-post-pictures.png", fullPage: true });
  for (const path of [`/chat/${room}`, "/posts/new"]) {
    await on.goto(server.url + path);
    assert.ok(await on.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path);
  }
  await mine.context.close();
});
