// Every page of the app, as people see it: screenshots of all of them to look at, and nothing that keeps somebody out who
// cannot see, has no mouse, or needs contrast.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Answer, announce, type Member, play } from "./api";
import { desktop, phone, signInAs, television } from "./browser";
import { browser, head, members, server, startClub } from "./fixture";
import { output } from "./server";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = `${output}screenshots/`;

startClub(14, () => mkdirSync(screenshots, { recursive: true }));

/** A club in which something happens on every page. Returns where the pages are that have an id. */
async function fill(): Promise<Record<"room" | "post" | "scheduled" | "ongoing" | "completed" | "member", string>> {
  const [a, b, c, d, e, f, g, h, i, j] = members as [Member, Member, Member, Member, Member, Member, Member, Member, Member, Member];

  const room = (await head.call("POST", "/api/v1/chat/rooms", { type: "global", name: "동배즐 전체" })).room;
  const say = (who: Member, content: string, more: object = {}) =>
    who.call("POST", `/api/v1/chat/rooms/${room.id}/messages`, { temp_id: `${who.id}-${content}`.slice(0, 60), content, ...more });
  await say(a, "오늘 저녁 7시에 2번 코트에서 봬요!");
  await say(a, "셔틀콕은 제가 챙길게요.");
  const asked = (await say(b, "저는 10분쯤 늦을 것 같아요. 먼저 몸 풀고 계세요 🙏")).message;
  await say(head, "네, 천천히 오세요.", { reply_to: asked.id });
  await say(head, "주차장은 정문 쪽이 비어 있습니다. 길은 https://example.com/map 을 보세요.");
  await head.call("POST", "/api/v1/chat/rooms", { type: "private", participants: [c.id] });
  const group = (await a.call("POST", "/api/v1/chat/rooms", { type: "group", name: "목요 복식 모임", participants: [head.id, b.id, c.id] }))
    .room;
  await a.call("POST", `/api/v1/chat/rooms/${group.id}/messages`, { temp_id: "t1", content: "이번 주 목요일 참가하실 분?" });

  const write = async (who: Member, post: object) => (await who.call("POST", "/api/v1/posts", post)).post;
  await write(e, { title: "라켓 추천 부탁드립니다", content: "초심인데 가벼운 라켓을 찾고 있어요.", category: "question" });
  await write(f, { title: "요넥스 신발 260 팝니다", content: "두 번 신었습니다. 3만 원.", category: "market" });
  await write(g, { title: "지난주 대회 후기", content: "다들 고생 많으셨습니다. 결승전이 정말 재미있었어요.", category: "free" });
  const post = await write(head, {
    title: "이번 주 토요일 체육관 휴관 안내",
    content: "토요일은 시설 점검으로 체육관이 쉽니다.\n\n일요일 정모는 평소대로 오전 9시에 시작합니다. 늦지 않게 와 주세요.",
    category: "notice",
    is_pinned: true,
  });
  const comment = (await a.call("POST", `/api/v1/posts/${post.id}/comments`, { content: "확인했습니다. 감사합니다!" })).comment;
  await head.call("POST", `/api/v1/posts/${post.id}/comments`, { content: "네, 일요일에 봬요.", parent_id: comment.id });
  await b.call("POST", `/api/v1/posts/${post.id}/like`, { liked: true });

  const score = (game: Answer, set_number: number, team1_score: number, team2_score: number) =>
    head.call("PUT", `/api/v1/games/${game.id}/score`, { set_number, team1_score, team2_score });
  const completed = await play(head, [i, j], { title: "단식 번개", court: "3" });
  await score(completed, 1, 24, 25);
  await head.call("POST", `/api/v1/games/${completed.id}/complete`, { mvp: j.id });
  const ongoing = await play(head, [a, b, c, d], { title: "A조 복식", court: "1" });
  await score(ongoing, 1, 19, 17);
  await score(ongoing, 1, 18, 17);
  const final = await play(head, [e, f, g, h], { title: "가을 리그 결승전", court: "2", scoring: "bwf_3x21" });
  await score(final, 1, 21, 17);
  await score(final, 2, 20, 15);
  const scheduled = await announce(head, { title: "초심 환영 저녁 복식", minutes: 5, places: 4 });
  for (const who of [i, j, head, members[10], members[11], members[12]]) await who?.call("POST", `/api/v1/games/${scheduled.id}/join`, {});
  await announce(head, { title: "일요일 정모", minutes: 2 * 24 * 60, places: 24 });
  await head.call("PUT", "/api/v1/courts/4", { status: "maintenance" });
  await head.call("POST", "/api/v1/notifications/broadcast", { title: "회비 안내", body: "11월 회비는 30일까지 내 주세요.\n".repeat(12) });

  return { room: room.id, post: post.id, scheduled: scheduled.id, ongoing: ongoing.id, completed: completed.id, member: a.id };
}

/** Goes to a page as a link does: without loading the app again. */
async function show(page: Page, path: string) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

/** Fails where axe finds something serious, by these rules of it or by all. */
async function wantAccessible(page: Page, what: string, rules?: string[]) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async (runOnly) => {
    // What moves or fades in is looked at when it has come to rest.
    await Promise.all(
      document
        .getAnimations()
        .filter((a) => a.effect?.getTiming().iterations !== Infinity)
        .map((a) => a.finished),
    );
    const { violations } = await (window as unknown as { axe: Axe }).axe.run(runOnly ? { runOnly } : {});
    interface Axe {
      run(options: object): Promise<{ violations: Violation[] }>;
    }
    interface Violation {
      id: string;
      impact: string;
      nodes: { target: string[]; failureSummary: string }[];
    }
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
  }, rules);
  if (violations.length > 0) assert.fail(`${what}: ${violations.join("\n")}`);
}

/** What on the page is interactive and not hit all over the 44 by 44 pixels around its middle, which a finger needs. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // A pixel less, since elements begin and end between pixels.
    const half = 44 / 2 - 1;
    const small: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [role=button]")) {
      // A link within a sentence is as high as its line; what is only for the keyboard is seen when it has the focus.
      if (element.matches(".text .link, .skip")) continue;
      const target = element.closest("label") ?? element;
      target.scrollIntoView({ block: "center", inline: "center" });
      const { x, y, width, height } = target.getBoundingClientRect();
      if (width === 0 || height === 0) continue;
      const [middle, centre] = [x + width / 2, y + height / 2];
      const missed = [
        [-half, 0],
        [half, 0],
        [0, -half],
        [0, half],
      ].filter(([dx = 0, dy = 0]) => {
        const hit = document.elementFromPoint(Math.min(Math.max(middle + dx, 0), innerWidth - 1), centre + dy);
        return !target.contains(hit);
      });
      if (missed.length > 0) small.push(`${target.outerHTML.slice(0, 120)} is ${Math.round(width)} by ${Math.round(height)}`);
    }
    scrollTo(0, 0);
    return small;
  });
}

/** What stands out of the page to the right, or in a column of a few letters, with the text twice as large as usual. */
async function overflowing(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 360, height: phone.height });
  const found = await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
    const wide = [...document.body.querySelectorAll("*")].filter((element) => {
      if (element.getBoundingClientRect().right <= 360.5 || element.closest(".hidden-visually")) return false;
      // What is cut off or scrolls by itself does not make the page wider.
      for (let parent = element.parentElement; parent; parent = parent.parentElement) {
        if (getComputedStyle(parent).overflowX !== "visible") return false;
      }
      return true;
    });
    const found = wide.map((element) => `${element.outerHTML.slice(0, 100)} ends at ${element.getBoundingClientRect().right}`);
    if (document.documentElement.scrollWidth > 360) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const select of document.querySelectorAll("select")) {
      const whole = select.cloneNode() as HTMLSelectElement;
      const chosen = select.selectedOptions[0] as HTMLOptionElement;
      whole.append(chosen.cloneNode(true));
      whole.style.width = "max-content";
      select.after(whole);
      if (whole.offsetWidth > select.offsetWidth + 1) found.push(`“${chosen.text}” is cut off`);
      whole.remove();
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const parent = texts.currentNode.parentElement as HTMLElement;
      if (parent.closest("script, style, .hidden-visually")) continue;
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const lines = [...range.getClientRects()].map(({ width }) => width);
      const few = 2.5 * Number.parseFloat(getComputedStyle(parent).fontSize);
      if (lines.length > 2 && Math.max(...lines) < few) found.push(`“${parent.textContent}” has ${lines.length} lines of a few letters`);
    }
    return found;
  });
  return found;
}

async function usualText(page: Page) {
  await page.evaluate(() => document.documentElement.removeAttribute("style"));
  await page.setViewportSize(phone);
}

interface Shown {
  name: string;
  path: string;
  /** What is there once the page is. */
  ready: string;
}

/** What browsers say of the game that is not there. */
const notFound = /games\/nothing: .* 404/;

let pages: Shown[];

test("pages are seen, read and used by everybody", async () => {
  const ids = await fill();
  pages = [
    { name: "board", path: "/", ready: "A조 복식" },
    { name: "games", path: "/games", ready: "일요일 정모" },
    { name: "games-past", path: "/games?show=past", ready: "단식 번개" },
    { name: "game-new", path: "/games/new", ready: "점수 규칙" },
    { name: "game-scheduled", path: `/games/${ids.scheduled}`, ready: "경기 준비" },
    { name: "game-ongoing", path: `/games/${ids.ongoing}`, ready: "점수 정정" },
    { name: "game-completed", path: `/games/${ids.completed}`, ready: "승리" },
    { name: "game-edit", path: `/games/${ids.scheduled}/edit`, ready: "점수 규칙" },
    { name: "score", path: `/games/${ids.ongoing}/score`, ready: "되돌리기" },
    { name: "rooms", path: "/chat", ready: "목요 복식 모임" },
    { name: "room", path: `/chat/${ids.room}`, ready: "천천히 오세요" },
    { name: "room-new", path: "/chat/new", ready: members[0]?.name ?? "" },
    { name: "posts", path: "/posts", ready: "휴관 안내" },
    { name: "posts-none", path: "/posts?search=없는글자", ready: "글이 없어요" },
    { name: "post", path: `/posts/${ids.post}`, ready: "확인했습니다" },
    { name: "post-new", path: "/posts/new", ready: "맨 위에 고정" },
    { name: "post-edit", path: `/posts/${ids.post}/edit`, ready: "맨 위에 고정" },
    { name: "albums-none", path: "/albums", ready: "아직 앨범이 없어요" },
    { name: "notifications", path: "/notifications", ready: "회비 안내" },
    { name: "members", path: "/members", ready: members[0]?.name ?? "" },
    { name: "member", path: `/members/${ids.member}`, ready: "회원 관리" },
    { name: "me", path: "/me", ready: "1:1 대화 받기" },
    { name: "sessions", path: "/me/sessions", ready: "이 기기" },
    { name: "nothing", path: "/games/nothing", ready: "찾을 수 없습니다" },
  ];
  const window = await signInAs(browser, server.url, head, { viewport: phone, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
  await wantUsable(window.page, pages);
  window.wantNoFaults(notFound);
  await window.context.close();
});

/** Looks at pages on a telephone, and fails where somebody could not read or use one. */
async function wantUsable(page: Page, pages: readonly Shown[]) {
  const [small, wide]: [string[], string[]] = [[], []];
  for (const { name, path, ready } of pages) {
    await page.emulateMedia({ colorScheme: "light" });
    await show(page, path);
    await page.getByText(ready).first().waitFor();
    await page.screenshot({ path: `${screenshots}${name}-phone.png` });
    await wantAccessible(page, `${name}, light`);
    // In the dark only the colours are others.
    await page.emulateMedia({ colorScheme: "dark" });
    await wantAccessible(page, `${name}, dark`, ["color-contrast"]);
    if (["board", "game-scheduled", "room", "post", "score", "me"].includes(name)) {
      await page.screenshot({ path: `${screenshots}${name}-phone-dark.png` });
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} is wider than a telephone`);
    small.push(...(await smallTargets(page)).map((target) => `${name}: ${target}`));
    wide.push(...(await overflowing(page)).map((element) => `${name}: ${element}`));
    await page.screenshot({ path: `${screenshots}${name}-large-text.png` });
    await usualText(page);
  }
  assert.deepEqual({ small, wide }, { small: [], wide: [] }, "too small for a finger, or too wide or narrow at 200 % text");
}

test("pages in a wide window", async () => {
  const wide = await signInAs(browser, server.url, head, { viewport: desktop, reducedMotion: "reduce" });
  for (const { name, path, ready } of pages) {
    await show(wide.page, path);
    await wide.page.getByText(ready).first().waitFor();
    await wide.page.screenshot({ path: `${screenshots}${name}-desktop.png` });
    if (name === "room" || name === "board") await wantAccessible(wide.page, `${name}, desktop`);
  }
  await wide.page.emulateMedia({ colorScheme: "dark" });
  await wide.page.goto(server.url);
  await wide.page.getByText("A조 복식").first().waitFor();
  await wide.page.screenshot({ path: `${screenshots}board-desktop-dark.png` });
  wide.wantNoFaults(notFound);
  await wide.context.close();
});

test("the screen for the gym is read from afar, stays on and comes back by itself", async () => {
  const window = await signInAs(browser, server.url, head, { viewport: television, reducedMotion: "reduce" });
  const { page } = window;
  await page.addInitScript(() => {
    const { wakeLock } = navigator;
    const request = wakeLock.request.bind(wakeLock);
    wakeLock.request = (type) => {
      document.documentElement.dataset.awake = type;
      return request(type);
    };
  });
  await page.goto(`${server.url}/screen`);
  const points = page.locator(".screen-points").first();
  await points.waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.awake), "screen");
  await page.screenshot({ path: `${screenshots}screen-tv.png` });
  await wantAccessible(page, "screen");
  // A tenth of the picture's height is read from the other end of a hall.
  const height = await points.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  assert.ok(height > television.height / 10, `digits are ${height} px high`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollHeight > innerHeight), false, "it does not fit the screen");

  await window.context.setOffline(true);
  await page.getByText("연결을 기다리는 중").waitFor();
  const { ongoing_games } = await head.call("GET", "/api/v1/games/board");
  const game = ongoing_games.find((g: Answer) => g.title === "A조 복식");
  await head.call("PUT", `/api/v1/games/${game.id}/score`, { set_number: 1, team1_score: 19, team2_score: 18 });
  await window.context.setOffline(false);
  await points.filter({ hasText: "19" }).waitFor();
  await page.getByText("연결을 기다리는 중").waitFor({ state: "detached" });
  window.wantNoFaults(/ERR_INTERNET_DISCONNECTED/);
  await window.context.close();
});

test("the screen on a telephone", async () => {
  const window = await signInAs(browser, server.url, head, { viewport: phone, reducedMotion: "reduce" });
  const { page } = window;
  await page.goto(`${server.url}/screen`);
  const clock = page.locator(".screen-clock");
  await page.locator(".screen-points").first().waitFor();
  await page.screenshot({ path: `${screenshots}screen-phone.png` });
  const { height, lines, right } = await clock.evaluate((element) => {
    const { height, right } = element.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    return { height, right, lines: new Set([...range.getClientRects()].map(({ top }) => top)).size };
  });
  assert.deepEqual([lines, right <= phone.width], [1, true], `the clock is ${height} px high and ends at ${right}`);
  const cut = await page
    .locator(".screen-names span, .screen-points, .screen-court-header h2")
    .evaluateAll((elements) =>
      elements.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map((e) => e.textContent),
    );
  assert.deepEqual(cut, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  window.wantNoFaults();
  await window.context.close();
});

test("figures say what they count", async () => {
  const window = await signInAs(browser, server.url, head, { viewport: phone });
  const figures = await window.page.locator(".figures div").allTextContents();
  assert.equal(figures.length, 5);
  for (const figure of figures) assert.match(figure, /^(진행 중|오늘 예정|오늘 종료|이번 주)\d+경기$|^대기 회원\d+명$/);
  await window.context.close();
});

test("a long notification is shown by its beginning", async () => {
  const window = await signInAs(browser, server.url, members[0] as Member, { viewport: phone });
  await window.page.goto(`${server.url}/notifications`);
  const body = window.page.locator(".notification-body", { hasText: "11월 회비" }).first();
  await body.waitFor();
  const lines = await body.evaluate((element) => element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight));
  assert.ok(lines < 3.5, `${lines} lines`);
  await window.context.close();
});

test("the menu of every message is inside the page", async () => {
  const window = await signInAs(browser, server.url, head, { viewport: phone, hasTouch: true, isMobile: true });
  const { page } = window;
  await show(page, pages.find(({ name }) => name === "room")?.path ?? "");
  const buttons = page.getByRole("button", { name: "메시지 메뉴" });
  await buttons.nth(4).waitFor();
  const cut: unknown[] = [];
  for (const button of await buttons.all()) {
    await button.click();
    const box = await page.locator(".menu-items").boundingBox();
    if (!box || box.x < 0 || box.x + box.width > phone.width) cut.push(box);
    await page.keyboard.press("Escape");
  }
  assert.deepEqual(cut, []);
  window.wantNoFaults();
  await window.context.close();
});

test("names of 40 characters stay in their places", async () => {
  const players = members.slice(0, 4);
  const rename = (nameOf: (member: Member) => string) =>
    Promise.all(players.map((member) => member.call("PUT", "/api/v1/users/profile", { display_name: nameOf(member) })));
  await rename((member) => `${member.name}동탄배드민턴을즐기는사람들의모임에서함께운동하는아주긴이름의회원입니다`.slice(0, 40));
  const window = await signInAs(browser, server.url, head, { viewport: phone, hasTouch: true, isMobile: true });
  const { page } = window;
  for (const { name, path, ready } of pages.filter(({ name }) => ["board", "game-ongoing", "score"].includes(name))) {
    await show(page, path);
    await page.getByText(ready).first().waitFor();
    const outside = await page.evaluate(() => {
      const found = [];
      for (const element of document.querySelectorAll(".score-names span, .scoring-names span, .scoring-points")) {
        const around = element.closest(".card, .scoring-side")?.getBoundingClientRect();
        const { left, right, top, bottom } = element.getBoundingClientRect();
        if (!around || left < around.left || right > around.right || top < around.top || bottom > around.bottom)
          found.push(element.textContent);
      }
      return found;
    });
    assert.deepEqual(outside, [], name);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), phone.width, `${name} is wider than a telephone`);
  }
  window.wantNoFaults();
  await window.context.close();
  await rename((member) => member.name);
});

test("the page to sign in", async () => {
  for (const [name, viewport] of [
    ["phone", phone],
    ["desktop", desktop],
  ] as const) {
    const context = await browser.newContext({ viewport, locale: "ko-KR" });
    const page = await context.newPage();
    await page.goto(`${server.url}/chat`);
    await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
    await page.screenshot({ path: `${screenshots}sign-in-${name}.png` });
    await wantAccessible(page, `sign-in, ${name}`);
    await context.close();
  }
});

test("what comes from Band", async () => {
  await head.call("POST", "/api/v1/photos/sync", {});
  const { albums } = await head.call("GET", "/api/v1/photos/albums?limit=100");
  const album = albums.find(({ photo_count }: Answer) => photo_count > 3);
  const { posts } = await head.call("GET", "/api/v1/posts?category=band&limit=100");
  const post = posts.find(({ attachments }: Answer) => attachments.length > 0);
  const copied: Shown[] = [
    { name: "post-band", path: `/posts/${post.id}`, ready: "밴드에서 보기" },
    { name: "albums", path: "/albums", ready: albums[0].name },
    { name: "album", path: `/albums/${album.id}`, ready: album.name },
  ];
  for (const [device, options] of [
    ["phone", { viewport: phone, hasTouch: true, isMobile: true }],
    ["desktop", { viewport: desktop }],
  ] as const) {
    const window = await signInAs(browser, server.url, head, { ...options, reducedMotion: "reduce" });
    const { page } = window;
    if (device === "phone") await wantUsable(page, copied);
    await page.emulateMedia({ colorScheme: "light" });
    for (const { name, path, ready } of copied) {
      await show(page, path);
      await page.getByText(ready).first().waitFor();
      await page.locator("main img").first().scrollIntoViewIfNeeded();
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>("main img")?.naturalWidth);
      await page.screenshot({ path: `${screenshots}${name}-${device}.png` });
    }
    await page.locator(".photo").first().click();
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>("dialog img")?.naturalWidth);
    await page.screenshot({ path: `${screenshots}photo-${device}.png` });
    await wantAccessible(page, `photo, ${device}`);
    if (device === "phone") {
      assert.deepEqual(await overflowing(page), []);
      await page.screenshot({ path: `${screenshots}photo-large-text.png` });
      await usualText(page);
    }
    // A copy has nothing to change here.
    await show(page, `/posts/${post.id}`);
    await page.getByRole("link", { name: "밴드에서 보기" }).waitFor();
    assert.equal(await page.getByRole("button", { name: /글 메뉴|^수정$|^삭제$/ }).count(), 0);
    window.wantNoFaults();
    await window.context.close();
  }
});
