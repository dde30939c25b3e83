import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
// What drives a browser against the real server is the web app's.
import { announce, play, signInClub } from "../../web/test/browser/api";
import type { Member } from "../../web/test/browser/api";
import { openWindow, phone, startBrowser } from "../../web/test/browser/browser";
import type { Window } from "../../web/test/browser/browser";
import { startServer } from "../../web/test/browser/server";
import { serveApp } from "./server";
import type { Site } from "./server";

const output = fileURLToPath(new URL("../output/", import.meta.url));
const screenshots = `${output}screenshots/`;

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Awaited<ReturnType<typeof startBrowser>>;
let site: Site;
let head: Member;
let members: Member[];

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  site = await serveApp(`${output}export`, () => server.url);
  server = await startServer({ origin: site.url });
  browser = await startBrowser();
  ({ head, members } = await signInClub(server.url, 6));
});
after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

type Page = Window["page"];

/** Writes what is on the screen, for people to look at. */
async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${screenshots}${name}.png` });
}

/** Signs somebody in as people do: the app leads to Band, and Band back to the app. */
async function signIn(who: Member | undefined, options: Parameters<typeof openWindow>[1] = {}): Promise<Window> {
  const window = await openWindow(browser, { viewport: phone, ...options });
  const { page } = window;
  await page.goto(site.url);
  await button(page, "네이버 밴드로 로그인").click();
  await page.waitForURL(/\/bandsim\//);
  await page.goto(`${page.url()}&user_key=${who?.userKey}`);
  await page.getByText("님, 안녕하세요!").waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  return window;
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });

/** What the browser writes when calls fail since the network is cut; of a page that is left meanwhile, no text. */
const whileCut = /Failed to load resource|ERR_|: $/;

/** Opens a tab at the bottom. */
async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name }).click();
  await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
}

/** Opens a game in a list. */
async function openGame(page: Page, title: string): Promise<void> {
  await page.getByRole("button").filter({ hasText: title }).click();
}

/** Fails where something to be touched is smaller than 44 points, or something is wider than the screen. */
async function wantTouchable(page: Page): Promise<void> {
  const small = await page.evaluate(() => {
    const seen = [...document.querySelectorAll("[role=button], [role=tab], button, a[href], input, textarea")];
    return seen.flatMap((element) => {
      const { width, height } = element.getBoundingClientRect();
      const isShown = width > 0 && height > 0 && element.checkVisibility();
      return isShown && (width < 44 || height < 44) ? [`${element.getAttribute("aria-label") ?? element.textContent}: ${width} x ${height}`] : [];
    });
  });
  assert.deepEqual(small, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, "something is wider than the screen");
}

test("a member signs in, joins a game, waits for another, and gives the place up", async () => {
  const [me, other, third] = members;
  const open = await announce(head, { title: "목요 복식", minutes: 60, places: 4 });
  const full = await announce(head, { title: "금요 단식", minutes: 90, places: 2, singles: true });
  for (const member of [other, third]) {
    await member?.call("POST", `/api/v1/games/${full.id}/join`, {});
  }
  const { page, wantNoFaults } = await signIn(me);
  await page.getByText("참가할 수 있는 경기").waitFor();
  await picture(page, "board");
  await wantTouchable(page);
  await openTab(page, "경기");
  await openGame(page, "목요 복식");
  await button(page, "참가하기").click();
  await page.getByText(`${me?.name} (나)`).waitFor();
  await picture(page, "game");
  await wantTouchable(page);
  await page.goBack();
  await openGame(page, "금요 단식");
  await button(page, "대기하기").click();
  await page.getByText("2/2명, 대기 1명").last().waitFor();
  await picture(page, "waiting-list");
  // When a player leaves, the first on the waiting list takes the place, and the screen follows without a tap.
  await other?.call("DELETE", `/api/v1/games/${full.id}/join`);
  await button(page, "참가 취소").waitFor();
  await page.getByText("대기 1명").last().waitFor({ state: "hidden" });
  await button(page, "참가 취소").click();
  await picture(page, "give-up");
  await button(page, "참가 취소").click();
  await button(page, "참가하기").waitFor();
  const { game } = await head.call("GET", `/api/v1/games/${open.id}`);
  assert.deepEqual(
    game.participants.map(({ user_id }: { user_id: string }) => user_id),
    [me?.id],
  );
  wantNoFaults();
});

test("players score by tapping, also through a cut, and others see it live", async () => {
  const [a, b, c] = members;
  const { courts } = await head.call("GET", "/api/v1/courts");
  const players = [a, b].filter((member) => member !== undefined);
  const game = await play(head, players, { title: "결승", court: courts[0].id, scoring: "1x21" });
  const scorer = await signIn(a);
  const watcher = await signIn(c);
  await scorer.page.getByText("결승").last().click();
  await button(scorer.page, "점수 기록").click();
  const side = button(scorer.page, new RegExp(`^${a?.name}, \\d+점$`));
  const points = async (n: number) => button(scorer.page, `${a?.name}, ${n}점`).waitFor();
  for (let i = 1; i <= 3; i++) {
    await side.click();
    await points(i);
  }
  await scorer.page.getByText("저장했어요").waitFor();
  await picture(scorer.page, "scoring");
  await wantTouchable(scorer.page);
  // On its side, a telephone has the two sides beside each other.
  await scorer.page.setViewportSize({ width: phone.height, height: phone.width });
  await picture(scorer.page, "scoring-landscape");
  await wantTouchable(scorer.page);
  await scorer.page.setViewportSize(phone);
  await watcher.page.getByText("3", { exact: true }).first().waitFor();
  await picture(watcher.page, "board-live");
  site.cut(true);
  await side.click();
  await side.click();
  await points(5);
  await scorer.page.getByText("연결이 끊겨").last().waitFor();
  await picture(scorer.page, "scoring-offline");
  site.cut(false);
  await scorer.page.getByText("저장했어요").waitFor();
  await button(scorer.page, "되돌리기").click();
  await points(4);
  for (let i = 5; i <= 21; i++) {
    await side.click();
  }
  await points(21);
  await button(scorer.page, "경기 끝내기").click();
  await scorer.page.getByText("경기가 끝났어요. 수고하셨어요!").waitFor();
  const { game: ended } = await head.call("GET", `/api/v1/games/${game.id}`);
  assert.equal(ended.status, "completed");
  assert.deepEqual(ended.final_score, { team1_score: 21, team2_score: 0 });
});

test("messages are written without a network, sent once there is one, and counted until they are read", async () => {
  const [me, other] = members;
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { name: "동배즐 전체", type: "global" });
  const { page, wantNoFaults } = await signIn(me);
  const say = (content: string) => other?.call("POST", `/api/v1/chat/rooms/${room.id}/messages`, { content, temp_id: content });
  await say("오늘 몇 시에 모여요?");
  await say("저는 7시에 가요");
  const tab = page.getByRole("tab", { name: "채팅" });
  await tab.getByText("2", { exact: true }).waitFor();
  await tab.click();
  await page.getByText("저는 7시에 가요").last().waitFor();
  await picture(page, "rooms");
  await wantTouchable(page);
  await page.getByText("동배즐 전체").last().click();
  await page.getByText("오늘 몇 시에 모여요?").last().waitFor();
  site.cut(true);
  await page.getByRole("textbox", { name: "메시지" }).fill("저도 7시에 갈게요!");
  await button(page, "보내기").click();
  await page.getByText("보내는 중").last().waitFor();
  await page.getByText("보낼 것 1개는 연결되면 보내요.").last().waitFor();
  await picture(page, "chat-offline");
  site.cut(false);
  await page.getByText("보내는 중").last().waitFor({ state: "hidden" });
  await picture(page, "chat");
  await wantTouchable(page);
  const { messages } = await head.call("GET", `/api/v1/chat/rooms/${room.id}/messages`);
  assert.deepEqual(
    messages.map(({ content }: { content: string }) => content).sort(),
    ["오늘 몇 시에 모여요?", "저는 7시에 가요", "저도 7시에 갈게요!"].sort(),
  );
  await page.goBack();
  await tab.getByText("2", { exact: true }).waitFor({ state: "hidden" });
  wantNoFaults(whileCut);
});

/** Chooses pictures where the app asks for some. */
async function choose(page: Page, name: string, count: number): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await button(page, name).click();
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(600, 400);
    (canvas.getContext("2d") as OffscreenCanvasRenderingContext2D).fillRect(0, 0, 300, 400);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
  });
  const file = (n: number) => ({ name: `${n}.png`, mimeType: "image/png", buffer: Buffer.from(bytes) });
  await (await chooser).setFiles(Array.from({ length: count }, (_, n) => file(n)));
}

/** Waits until so many pictures of the server are drawn. */
async function drawn(page: Page, count: number): Promise<void> {
  await page.waitForFunction((count) => {
    const pictures = [...document.querySelectorAll<HTMLImageElement>("img[src*='/photos/']")].filter((image) => image.checkVisibility());
    return pictures.length >= count && pictures.every(({ naturalWidth }) => naturalWidth > 0);
  }, count);
}

test("pictures are sent in a message and a post, and a member changes their own", async () => {
  const me = members[4];
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { name: "사진방", type: "group", participants: [me?.id] });
  const { page, wantNoFaults } = await signIn(me);
  await openTab(page, "채팅");
  await page.getByText("사진방").last().click();
  await page.getByRole("textbox", { name: "메시지" }).waitFor();
  await choose(page, "사진 보내기", 2);
  await page.getByRole("img", { name: "1.png" }).waitFor();
  await drawn(page, 2);
  await picture(page, "chat-pictures");
  await wantTouchable(page);
  const { messages } = await head.call("GET", `/api/v1/chat/rooms/${room.id}/messages`);
  assert.deepEqual(
    messages[0].attachments.map(({ width, height }: { width: number; height: number }) => [width, height]),
    [
      [600, 400],
      [600, 400],
    ],
  );
  await page.goBack();
  await openTab(page, "게시판");
  await button(page, "글쓰기").click();
  await page.getByRole("textbox", { name: "제목" }).fill("사진 한 장");
  await page.getByRole("textbox", { name: "내용" }).fill("어제 찍었어요.");
  await choose(page, "사진 추가", 1);
  await button(page, "사진 빼기").waitFor();
  await picture(page, "new-post-picture");
  await wantTouchable(page);
  await button(page, "올리기").click();
  await page.getByText("사진 한 장").last().click();
  await page.getByRole("img", { name: "0.png" }).last().waitFor();
  await drawn(page, 1);
  await picture(page, "post-picture");
  await page.goBack();
  await openTab(page, "내 정보");
  await choose(page, "사진 바꾸기", 1);
  await drawn(page, 1);
  await picture(page, "me-picture");
  wantNoFaults();
});

test("notices are read and answered, and notifications lead to them", async () => {
  const [me] = members;
  const { post } = await head.call("POST", "/api/v1/posts", {
    title: "12월 회비 안내",
    content: "이번 달 회비는 15일까지 내 주세요.\n계좌는 총무에게 물어보세요.",
    category: "notice",
    is_pinned: true,
  });
  const { page, wantNoFaults } = await signIn(me);
  await button(page, /^알림, 안 읽음/).click();
  await page.getByText("12월 회비 안내").last().waitFor();
  await picture(page, "notifications");
  await wantTouchable(page);
  await page.getByText("12월 회비 안내").last().click();
  await page.getByText("계좌는 총무에게").last().waitFor();
  await page.getByRole("textbox", { name: "댓글" }).fill("네, 알겠습니다.");
  await button(page, "댓글 남기기").click();
  await page.getByText("댓글 1", { exact: true }).last().waitFor();
  await button(page, "좋아요 0").click();
  await button(page, "좋아요 1").waitFor();
  await picture(page, "post");
  await wantTouchable(page);
  const { comments } = await head.call("GET", `/api/v1/posts/${post.id}/comments`);
  assert.deepEqual(
    comments.map(({ content }: { content: string }) => content),
    ["네, 알겠습니다."],
  );
  await page.goto(site.url);
  await openTab(page, "게시판");
  await page.getByText("12월 회비 안내").last().waitFor();
  await picture(page, "posts");
  await button(page, "글쓰기").click();
  await page.getByRole("textbox", { name: "제목" }).fill("라켓 추천해 주세요");
  await page.getByRole("textbox", { name: "내용" }).fill("초보인데 가벼운 라켓을 찾고 있어요.");
  await picture(page, "new-post");
  await wantTouchable(page);
  await button(page, "올리기").click();
  await page.getByText("라켓 추천해 주세요").last().waitFor();
  // What others write is there without a touch.
  await head.call("POST", "/api/v1/posts", { title: "셔틀콕 공동 구매", content: "한 통씩 나눠요.", category: "market" });
  await page.getByText("셔틀콕 공동 구매").last().waitFor();
  wantNoFaults();
});

test("a member sees their figures, opens the app without a network, and signs out", async () => {
  const [me] = members;
  const { page, wantNoFaults } = await signIn(me, { colorScheme: "dark" });
  await picture(page, "board-dark");
  await openTab(page, "내 정보");
  await page.getByText("레이팅").waitFor();
  await picture(page, "me-dark");
  await wantTouchable(page);
  await page.goto(site.url);
  await page.getByText("님, 안녕하세요!").waitFor();
  // Without a network there is what was shown last, once that is stored.
  await page.waitForFunction((name = "") => Object.values(localStorage).some((value) => value.includes(name)), me?.name);
  site.cut(true);
  await page.reload();
  await page.getByText("님, 안녕하세요!").waitFor();
  await page.getByText("연결이 끊겨").last().waitFor();
  await picture(page, "board-offline-dark");
  // What could not be loaded is, when there is a connection again.
  site.cut(false);
  await page.getByText("4번 코트").waitFor();
  await openTab(page, "내 정보");
  await button(page, "로그아웃").click();
  await button(page, "로그아웃").click();
  await button(page, "네이버 밴드로 로그인").waitFor();
  await picture(page, "sign-in-dark");
  await wantTouchable(page);
  wantNoFaults(whileCut);
});

test("whoever is not in the club's Band is told so", async () => {
  const { page } = await openWindow(browser, { viewport: phone });
  await page.goto(`${site.url}/auth?error=access_denied`);
  await page.getByRole("alert").waitFor();
  await picture(page, "sign-in-refused");
});
