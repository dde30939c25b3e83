// What members do with the app, from beginning to end.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { announce, type Member } from "./api";
import { desktop, openWindow, signInOn } from "./browser";
import { browser, head, members, page, server, signInHead, startClub, window } from "./fixture";

startClub(4, () => signInHead(desktop));

test("a game from its announcement to its first point", async () => {
  await page.getByRole("link", { name: "경기", exact: true }).click();
  await page.getByRole("link", { name: "경기 만들기" }).first().click();
  await page.getByLabel("제목").fill("새벽 번개");
  await page.getByLabel("장소").fill("시민체육관");
  await page.getByLabel("인원").fill("4");
  await page.getByLabel("점수 규칙").selectOption({ label: "21점 3세트" });
  await page.getByRole("button", { name: "경기 만들기" }).click();
  await page.getByRole("heading", { name: "새벽 번개" }).waitFor();
  await page.getByRole("region", { name: "안내" }).getByText("시민체육관").waitFor();
  await page.getByRole("link", { name: "경기", exact: true }).click();
  await page.getByRole("link", { name: /새벽 번개.*시민체육관/ }).click();
  await page.getByRole("heading", { name: "새벽 번개" }).waitFor();

  const path = `/api/v1/games/${new URL(page.url()).pathname.split("/").at(-1)}`;
  for (const member of members) await member.call("POST", `${path}/join`, {});
  await page.getByRole("button", { name: "무작위" }).click();
  await page.getByLabel("코트").selectOption({ label: "3번 코트 (비어 있음)" });
  await page.getByRole("button", { name: "경기 시작" }).click();
  await page.getByRole("link", { name: "점수 기록" }).click();
  await page
    .getByRole("button", { name: /1점 추가/ })
    .first()
    .click();
  await page.getByText("저장됨").waitFor();
  const { game } = await head.call("GET", path);
  assert.deepEqual([game.status, game.court_name, game.scoring.preset, game.sets.length], ["ongoing", "3번 코트", "bwf_3x21", 1]);
  await page.getByRole("button", { name: "경기로 돌아가기" }).click();

  await page.getByRole("button", { name: "경기 끝내기" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "중단" }).check();
  await dialog.getByRole("group", { name: "이긴 팀" }).waitFor({ state: "detached" });
  await dialog.getByRole("radio", { name: "기권" }).check();
  await dialog.getByRole("group", { name: "이긴 팀" }).getByRole("radio").last().check();
  await dialog.getByRole("button", { name: "경기 끝내기" }).click();
  await page.getByRole("region", { name: "결과" }).getByText("승리").waitFor();
  const { game: over } = await head.call("GET", path);
  assert.deepEqual(
    [over.status, over.end, over.winner, over.final_score],
    ["completed", "retired", "team2", { team1_score: 0, team2_score: 0 }],
  );
});

/** Starts a game of the members on a court, and returns its path. */
async function ongoing(title: string, court: string): Promise<string> {
  const game_date = new Date(Date.now() + 3_600_000).toISOString();
  const { game } = await head.call("POST", "/api/v1/games", {
    title,
    game_date,
    duration: 60,
    max_participants: 4,
    game_type: "doubles",
  });
  const path = `/api/v1/games/${game.id}`;
  for (const member of members) await member.call("POST", `${path}/join`, {});
  const { courts } = await head.call("GET", "/api/v1/courts");
  await head.call("POST", `${path}/start`, { court_id: courts.find(({ name }: { name: string }) => name === court).id });
  return path;
}

test("a court is added and deleted", async () => {
  const names = async (): Promise<string[]> =>
    (await head.call("GET", "/api/v1/courts")).courts.map((court: { name: string }) => court.name);
  await page.goto(server.url);
  await page.getByRole("button", { name: "관리", exact: true }).click();
  await page.getByLabel("새 코트 이름").fill("중앙 코트");
  await page.getByRole("button", { name: "추가", exact: true }).click();
  await page.getByRole("switch", { name: "중앙 코트" }).waitFor();
  assert.ok((await names()).includes("중앙 코트"));
  // One that is being played on stays.
  const path = await ongoing("한낮 번개", "3번 코트");
  await page.getByRole("button", { name: "3번 코트 삭제" }).click();
  await page.getByRole("button", { name: "삭제", exact: true }).click();
  await page.getByRole("alert").getByText("한낮 번개").waitFor();
  await page.getByRole("button", { name: "취소" }).click();
  await page.getByRole("button", { name: "중앙 코트 삭제" }).click();
  await page.getByRole("button", { name: "삭제", exact: true }).click();
  await page.getByRole("button", { name: "중앙 코트 삭제" }).waitFor({ state: "detached" });
  assert.ok(!(await names()).includes("중앙 코트"));
  await page.getByRole("button", { name: "닫기" }).click();
  await head.call("POST", `${path}/complete`, { end: "abandoned" });
});

test("what the server refuses is said beside what was entered", async () => {
  await page.goto(`${server.url}/games/new`);
  await page.getByLabel("제목").fill("지난 경기");
  await page.getByLabel("일시").fill("2020-01-01T09:00");
  await page.getByRole("button", { name: "경기 만들기" }).click();
  const date = page.getByLabel("일시");
  await page.getByRole("alert").waitFor();
  assert.equal(await date.getAttribute("aria-invalid"), "true");
  assert.match((await page.locator(`[id="${await date.getAttribute("aria-describedby")}"]`).textContent()) ?? "", /[가-힣]/);
});

test("writing on the board, answering and liking", async () => {
  await page.getByRole("link", { name: "게시판", exact: true }).click();
  await page.getByRole("link", { name: "글쓰기" }).first().click();
  await page.getByRole("radio", { name: "공지" }).check();
  await page.getByLabel("제목").fill("정모 안내");
  await page.getByLabel("내용").fill("일요일 아홉 시입니다.\n늦지 마세요.");
  await page.getByRole("switch", { name: "맨 위에 고정" }).check();
  await page.getByRole("button", { name: "올리기" }).click();
  await page.getByRole("heading", { name: "정모 안내" }).waitFor();

  await page.getByLabel("댓글 쓰기").fill("기대됩니다");
  await page.getByRole("button", { name: "등록" }).click();
  await page.getByText("기대됩니다").waitFor();
  await page.getByRole("button", { name: "답글" }).click();
  await page.getByLabel("답글 쓰기").fill("저도요");
  await page.getByRole("button", { name: "등록" }).first().click();
  await page.getByText("저도요").waitFor();
  await page.getByRole("button", { name: "좋아요 0" }).click();
  await page.getByRole("button", { name: "좋아요 1", pressed: true }).waitFor();

  await page.getByRole("link", { name: "게시판", exact: true }).click();
  // Two syllables from the middle of a word.
  await page.getByLabel("글 찾기").fill("아홉");
  await page.getByRole("link", { name: /고정된 글 공지 정모 안내.*댓글 2/s }).waitFor();
  await page.getByLabel("글 찾기").fill("열 시");
  await page.getByText("글이 없어요").waitFor();
});

test("a post by somebody else is offered when it comes", async () => {
  await page.goto(`${server.url}/posts`);
  await page.getByText("정모 안내").waitFor();
  await members[0]?.call("POST", "/api/v1/posts", { title: "방금 쓴 글", content: "내용", category: "free" });
  await page.getByRole("button", { name: "새 글 1개 보기" }).click();
  await page.getByText("방금 쓴 글").waitFor();
});

test("notifications are marked as read once, by looking at them", async () => {
  const { post } = await head.call("POST", "/api/v1/posts", { title: "알림을 볼 글", content: "내용", category: "free" });
  for (const content of ["첫 댓글", "둘째 댓글"]) await members[0]?.call("POST", `/api/v1/posts/${post.id}/comments`, { content });
  const marks: string[] = [];
  page.on("request", (request) => request.url().endsWith("/MarkNotificationsRead") && marks.push(request.url()));
  const marked = page.waitForResponse(/MarkNotificationsRead$/);
  await page.goto(`${server.url}/notifications`);
  await page.getByText("둘째 댓글").waitFor();
  await marked;
  while ((await head.call("GET", "/api/v1/notifications")).unread_count > 0);
  assert.equal(marks.length, 1);
});

test("members are found by initial consonants and talked to", async () => {
  await page.getByRole("link", { name: "회원", exact: true }).click();
  await page.getByRole("searchbox", { name: "회원 찾기" }).fill("ㄱㅁㅅ");
  const found = page.getByRole("link", { name: "김민수" });
  await found.waitFor();
  await page.locator(".member-card").nth(1).waitFor({ state: "detached" });
  await found.click();
  await page.getByRole("button", { name: "대화하기" }).click();
  await page.getByRole("textbox", { name: "메시지" }).fill("민수님, 내일 오시나요?");
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText("내일 오시나요").waitFor();

  const message = page.locator(".message", { hasText: "내일 오시나요" });
  await message.hover();
  await message.getByRole("button", { name: "메시지 메뉴" }).click();
  await page.getByRole("button", { name: "수정" }).click();
  await page.getByRole("textbox", { name: "메시지" }).fill("민수님, 모레 오시나요?");
  await page.keyboard.press("Enter");
  await page.getByText("수정됨").waitFor();
  const edited = page.locator(".message", { hasText: "모레 오시나요" });
  await edited.hover();
  await edited.getByRole("button", { name: "메시지 메뉴" }).click();
  await page.getByRole("button", { name: "삭제" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
  await page.getByText("삭제된 메시지예요.").first().waitFor();
});

test("everything can be done with the keyboard", async () => {
  const game = await announce(head, { title: "자판으로 참가", minutes: 30, places: 4 });
  await page.goto(`${server.url}/games/${game.id}`);
  await page.getByRole("heading", { name: "자판으로 참가" }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "본문으로 건너뛰기");
  await page.keyboard.press("Enter");
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  for (let i = 0; i < 10 && (await focused()) !== "참가하기"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("참가 중이에요.").waitFor();
  // A change of page is told: its heading has the focus.
  await page.getByRole("link", { name: "현황판", exact: true }).press("Enter");
  await page.getByRole("heading", { name: "현황판" }).and(page.locator(":focus")).waitFor();
});

test("the theme that was chosen stays", async () => {
  await page.goto(`${server.url}/me`);
  await page.getByRole("radio", { name: "어둡게" }).check();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  assert.equal(await ground(), "rgb(14, 18, 16)");
  await page.reload();
  await page.getByText("1:1 대화 받기").waitFor();
  assert.equal(await ground(), "rgb(14, 18, 16)");
  await page.getByRole("group", { name: "화면" }).getByRole("radio", { name: "기기 설정" }).check();
  assert.equal(await ground(), "rgb(244, 246, 243)");
});

/** Returns up the user's place in a game, and does something else before the ten seconds are over. `first` is done on the game's page. */
async function leaveAnd(title: string, withinMs: number, next: () => Promise<unknown>, first?: () => Promise<unknown>) {
  const game = await announce(head, { title, minutes: 30, places: 4 });
  const path = `/api/v1/games/${game.id}`;
  await head.call("POST", `${path}/join`, {});
  await page.goto(`${server.url}/games/${game.id}`);
  await page.getByRole("button", { name: "참가 취소" }).waitFor();
  await first?.();
  await page.getByRole("button", { name: "참가 취소" }).click();
  await page.getByText("참가를 취소했어요.").waitFor();
  const began = Date.now();
  await next();
  while ((await head.call("GET", path)).game.participants.length > 0)
    assert.ok(Date.now() - began < withinMs, `${title}: still in the game`);
}

/** Opens a window whose browser blocks its storage. */
async function openBlocked(options: BrowserContextOptions = {}) {
  const blocked = await openWindow(browser, { viewport: desktop, ...options });
  await blocked.context.addInitScript(blockDatabases);
  await blocked.context.addInitScript(() => {
    for (const [of, name] of [
      [globalThis, "localStorage"],
      [globalThis, "sessionStorage"],
      [navigator, "serviceWorker"],
    ] as const) {
      Object.defineProperty(of, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  });
  return blocked;
}

test("the app starts where the browser blocks its storage", async () => {
  const blocked = await openBlocked();
  await blocked.page.goto(server.url);
  await blocked.page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  blocked.wantNoFaults();
  await blocked.context.close();
});

test("a page that always crashes is reloaded once, though the browser blocks its storage", async () => {
  const { context, page: broken } = await openBlocked({ serviceWorkers: "block" });
  let loads = 0;
  await context.route("**/*", (route) => {
    const { pathname } = new URL(route.request().url());
    loads += pathname === "/" ? 1 : 0;
    return /SignInPage.*\.js$/.test(pathname) ? route.abort() : route.continue();
  });
  await broken.goto(server.url);
  await broken.getByText("이 화면을 보여 주지 못했어요.").waitFor();
  // Longer than the page takes to crash again.
  await broken.waitForTimeout(1_000);
  assert.equal(loads, 2);
  await context.close();
});

test("the app works where the browser refuses to open databases", async () => {
  const blocked = await openWindow(browser, { viewport: desktop });
  await blocked.context.addInitScript(blockDatabases);
  await blocked.page.goto(server.url);
  await signInOn(blocked.page, members[0] as Member);
  await blocked.page.getByRole("heading", { name: "현황판", level: 1 }).waitFor();
  await blocked.page.getByRole("link", { name: "게시판", exact: true }).click();
  await blocked.page.getByRole("heading", { name: "게시판", level: 1 }).waitFor();
  blocked.wantNoFaults();
  await blocked.context.close();
});

/** Makes databases throw at once, as Chromium does where cookies are blocked. */
function blockDatabases() {
  IDBFactory.prototype.open = () => {
    throw new DOMException("denied", "SecurityError");
  };
}

/** Makes the storage refuse everything until the next reload. */
const fillStorage = () =>
  page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });

test("a theme and a language can be chosen while the storage is full", async () => {
  await page.goto(`${server.url}/me`);
  await page.getByRole("radio", { name: "어둡게" }).waitFor();
  await fillStorage();
  await page.getByRole("radio", { name: "어둡게" }).check();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.getByRole("radio", { name: "English" }).check();
  await page.getByRole("heading", { name: "My page", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "내 정보", level: 1 }).waitFor();
});

test("a place is given up while the storage is full", async () => {
  await leaveAnd("가득 찬 채로 나가기", 9000, () => page.getByRole("button", { name: "닫기" }).click(), fillStorage);
});

test("a place is given up though the page is closed before", async () => {
  await leaveAnd("닫고 나가기", 20_000, async () => {
    await page.goto(server.url);
    await page.getByText("참가를 취소했어요.").waitFor();
  });
});

test("a place is given up at once when another one is", async () => {
  await leaveAnd("먼저 나가기", 9000, () => leaveAnd("이어서 나가기", 9000, () => page.getByRole("button", { name: "닫기" }).click()));
});

test("a place is given up before its user signs out", async () => {
  await leaveAnd("로그아웃하고 나가기", 9000, async () => {
    await page.getByRole("navigation", { name: "주 메뉴" }).getByRole("link", { name: "내 정보" }).click();
    await page.getByRole("button", { name: "로그아웃" }).click();
    await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  });
  window.wantNoFaults(/games\/new: .* 400|:\d+\/: .* 400/);
  await window.context.close();
  await signInHead(desktop);
});

test("signing out", async () => {
  await page.goto(`${server.url}/me`);
  await page.getByRole("button", { name: "로그아웃" }).click();
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  // The server has refused a date, and the court that is played on.
  window.wantNoFaults(/games\/new: .* 400|:\d+\/: .* 400/);
});
