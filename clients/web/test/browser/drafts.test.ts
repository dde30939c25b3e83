// What somebody types stays until it is sent, whatever happens in between, and is shown to nobody else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { announce, type Member } from "./api";
import { phone, signInAs } from "./browser";
import { browser, head, members, page, server, signInHead, startClub, window } from "./fixture";

startClub(2, () => signInHead(phone));

const menu = (name: string) => page.getByRole("navigation", { name: "주 메뉴" }).getByRole("link", { name });

/** What is kept in the browser under the name of a draft. */
const kept = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft")));

test("a post being written survives a tap on another page, and a reload", async () => {
  await page.goto(`${server.url}/posts/new`);
  await page.getByRole("radio", { name: "질문" }).check();
  await page.getByLabel("제목").fill("라켓 줄 장력");
  await page.getByLabel("내용").fill("몇 파운드가 좋을까요?");
  await menu("경기").click();
  await page.getByRole("heading", { name: "경기", level: 1 }).waitFor();
  await page.goBack();
  await page.locator("textarea").and(page.getByLabel("내용")).waitFor();
  assert.equal(await page.getByLabel("내용").inputValue(), "몇 파운드가 좋을까요?");
  await page.reload();
  assert.equal(await page.getByLabel("제목").inputValue(), "라켓 줄 장력");
  assert.equal(await page.getByRole("radio", { name: "질문" }).isChecked(), true);
  await page.getByRole("button", { name: "올리기" }).click();
  await page.getByRole("heading", { name: "라켓 줄 장력" }).waitFor();
  assert.deepEqual(await kept(), []);
  await page.goto(`${server.url}/posts/new`);
  assert.equal(await page.getByLabel("제목").inputValue(), "");
});

test("what was begun can be begun again", async () => {
  await page.getByLabel("제목").fill("버릴 글");
  await page.reload();
  await page.getByText("쓰다 만 내용을 불러왔어요.").waitFor();
  await page.getByRole("button", { name: "새로 쓰기" }).click();
  assert.equal(await page.getByLabel("제목").inputValue(), "");
  assert.deepEqual(await kept(), []);
});

test("a comment that is typed while the one before is sent stays", async () => {
  const post = (await head.call("POST", "/api/v1/posts", { title: "바쁜 글", content: "내용", category: "free" })).post;
  await page.goto(`${server.url}/posts/${post.id}`);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/CreateComment", async (route) => {
    await held;
    await route.continue();
  });
  const input = page.getByRole("textbox", { name: "댓글 쓰기" });
  await input.fill("보내는 댓글");
  await page.getByRole("button", { name: "등록" }).click();
  await input.fill("다음 댓글");
  release();
  await page.getByText("보내는 댓글").waitFor();
  assert.equal(await input.inputValue(), "다음 댓글");
  await page.unroute("**/CreateComment");
  await page.getByRole("button", { name: "등록" }).click();
  await page.locator(".text").getByText("다음 댓글").waitFor();
  assert.deepEqual([await input.inputValue(), await kept()], ["", []]);
});

test("so do comments, answers, games, one's profile, announcements and messages", async () => {
  const post = (await head.call("POST", "/api/v1/posts", { title: "댓글 있는 글", content: "내용", category: "free" })).post;
  await members[0]?.call("POST", `/api/v1/posts/${post.id}/comments`, { content: "첫 댓글" });
  const room = (await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "둘", participants: [members[0]?.id] })).room;
  const forms: { path: string; open?: string; field: string; more?: string }[] = [
    { path: `/posts/${post.id}`, field: "댓글 쓰기" },
    { path: `/posts/${post.id}`, open: "답글", field: "답글 쓰기" },
    { path: "/games/new", field: "설명" },
    { path: "/me", open: "수정", field: "이름" },
    { path: `/posts/${post.id}/edit`, field: "내용" },
    { path: `/chat/${room.id}`, field: "메시지" },
    { path: "/notifications", open: "모두에게 알리기", field: "내용" },
  ];
  for (const { path, open, field } of forms) {
    const input = page.getByRole("textbox", { name: field, exact: true });
    await page.goto(server.url + path);
    if (open) await page.getByRole("button", { name: open }).first().click();
    await input.fill("쓰다 만 글");
    if (await page.getByRole("dialog").count()) await page.keyboard.press("Escape");
    await menu("현황판").click();
    await page.getByRole("heading", { name: "현황판", level: 1 }).waitFor();
    await page.goBack();
    await page.reload();
    const opener = page.getByRole("button", { name: open ?? "-" }).first();
    await input.or(opener).first().waitFor();
    if (field === "내용" && open) await opener.click();
    await input.waitFor();
    assert.equal(await input.inputValue(), "쓰다 만 글", `${path} ${field}`);
  }
  assert.equal((await kept()).length, forms.length);
});

test("nobody else is shown it, and it is gone after signing out", async () => {
  const keys = await kept();
  assert.ok(keys.every((key) => key.includes(head.id)));
  // Somebody else on the same device, while what the first has typed is still there.
  const state = await window.context.storageState();
  const drafts = state.origins[0]?.localStorage.filter(({ name }) => keys.includes(name)) ?? [];
  const other = await signInAs(browser, server.url, members[0] as Member, { viewport: phone });
  await other.page.evaluate((entries) => {
    for (const { name, value } of entries) localStorage.setItem(name, value);
  }, drafts);
  await other.page.goto(`${server.url}/games/new`);
  assert.equal(await other.page.getByLabel("설명").inputValue(), "");
  await other.context.close();

  await page.goto(`${server.url}/me`);
  await page.getByRole("button", { name: "로그아웃" }).click();
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  assert.deepEqual(await kept(), []);
  await window.context.close();
  await signInHead(phone);
});

test("a form that is being sent takes no more changes, and can be changed again if that fails", async () => {
  const post = (await head.call("POST", "/api/v1/posts", { title: "고치는 글", content: "내용", category: "free" })).post;
  const game = await announce(head, { title: "고치는 경기", minutes: 60, places: 4 });
  for (const [path, call, button, done] of [
    [`/posts/${post.id}/edit`, "UpdatePost", "저장", `/posts/${post.id}`],
    [`/games/${game.id}/edit`, "UpdateGame", "저장", `/games/${game.id}`],
    ["/posts/new", "CreatePost", "올리기", undefined],
    ["/games/new", "CreateGame", "경기 만들기", undefined],
  ] as const) {
    const answers: ((fails: boolean) => void)[] = [];
    await page.route(`**/${call}`, async (route) => {
      const fails = await new Promise<boolean>((resolve) => answers.push(resolve));
      await (fails ? route.abort() : route.continue());
    });
    await page.goto(server.url + path);
    const title = page.getByLabel("제목");
    await title.fill("새 제목");
    if (path === "/posts/new") await page.getByLabel("내용").fill("내용");
    for (const fails of [true, false]) {
      const asked = page.waitForRequest(`**/${call}`);
      await page.getByRole("button", { name: button }).click();
      await asked;
      await page.waitForFunction(() => document.querySelector("form input:disabled"));
      assert.equal(await title.isDisabled(), true, `${path} can be changed while it is sent`);
      answers.pop()?.(fails);
      if (fails) await page.waitForFunction(() => document.querySelector("form input:enabled"));
    }
    await page.waitForURL((url) => (done === undefined ? url.pathname !== path : url.pathname === done));
    await page.unroute(`**/${call}`);
  }
  assert.equal((await kept()).length, 0);
});

test("after a conflict what was typed stays, and what others have changed is shown", async () => {
  const game = await announce(head, { title: "저녁", minutes: 60, places: 4 });
  await page.goto(`${server.url}/games/${game.id}/edit`);
  await page.getByLabel("제목").fill("저녁 번개");
  await page.getByLabel("인원").fill("6");
  await head.call("PUT", `/api/v1/games/${game.id}`, { title: "아침", description: "셔틀콕은 각자" });
  await page.getByRole("button", { name: "저장" }).click();
  await page.getByText("그사이 다른 회원이 내용을 바꿨어요.").waitFor();
  assert.deepEqual(
    [await page.getByLabel("제목").inputValue(), await page.getByLabel("인원").inputValue(), await page.getByLabel("설명").inputValue()],
    ["저녁 번개", "6", "셔틀콕은 각자"],
  );
  assert.deepEqual(await page.locator(".changes li > span").allTextContents(), ["제목 아침", "설명 셔틀콕은 각자"]);
  // Which it still is after a reload.
  await page.reload();
  assert.equal(await page.getByLabel("제목").inputValue(), "저녁 번개");
  await page.getByRole("button", { name: "바뀐 제목 쓰기" }).click();
  assert.equal(await page.getByLabel("제목").inputValue(), "아침");
  await page.getByLabel("제목").fill("아침 번개");
  await page.getByRole("button", { name: "저장" }).click();
  await page.getByRole("heading", { name: "아침 번개" }).waitFor();
  const { game: now } = await head.call("GET", `/api/v1/games/${game.id}`);
  assert.deepEqual([now.title, now.max_participants, now.description], ["아침 번개", 6, "셔틀콕은 각자"]);
});

test("a post that a moderator changes meanwhile is not lost either", async () => {
  const { post } = await head.call("POST", "/api/v1/posts", { title: "정모", content: "아홉 시", category: "free" });
  await page.goto(`${server.url}/posts/${post.id}/edit`);
  await page.getByLabel("내용").fill("아홉 시 반");
  await head.call("PUT", `/api/v1/posts/${post.id}`, { title: "정모 안내" });
  await page.getByRole("button", { name: "저장" }).click();
  await page.getByText("그사이 다른 회원이 내용을 바꿨어요.").waitFor();
  assert.deepEqual([await page.getByLabel("제목").inputValue(), await page.getByLabel("내용").inputValue()], ["정모 안내", "아홉 시 반"]);
  await page.getByRole("button", { name: "저장" }).click();
  await page.getByRole("heading", { name: "정모 안내" }).waitFor();
  await page.getByText("아홉 시 반").waitFor();
});

test("a text that is too long is kept, and said to be", async () => {
  const long = `${"가".repeat(10_049)}🏸`;
  await page.goto(`${server.url}/posts/new`);
  await page.getByLabel("제목").fill("긴 글");
  const content = page.getByLabel("내용");
  await content.fill(long);
  await page.getByText("10,000자까지 쓸 수 있어요. 50자를 줄여 주세요.").waitFor();
  await page.getByText("10,050 / 10,000").waitFor();
  assert.equal(await content.inputValue(), long);
  await page.getByRole("button", { name: "올리기" }).click();
  assert.equal(new URL(page.url()).pathname, "/posts/new");
  assert.equal(await content.getAttribute("aria-invalid"), "true");
  await content.fill(long.slice(50));
  await page.getByText("10,000 / 10,000").waitFor();
  await page.getByRole("button", { name: "올리기" }).click();
  await page.getByRole("heading", { name: "긴 글" }).waitFor();
});

test("so is a long message, which is shown folded once it is sent", async () => {
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "긴 글", participants: [members[0]?.id] });
  await page.goto(`${server.url}/chat/${room.id}`);
  const input = page.getByRole("textbox", { name: "메시지" });
  await input.fill("길다 ".repeat(3400));
  await page.getByText("10,000자까지 쓸 수 있어요. 199자를 줄여 주세요.").waitFor();
  assert.equal(await page.getByRole("button", { name: "보내기" }).isDisabled(), true);
  await input.press("Enter");
  assert.equal((await input.inputValue()).length, 10_200);
  await input.fill("길다 ".repeat(3000));
  await page.getByRole("button", { name: "보내기" }).click();
  const bubble = page.locator(".bubble");
  await bubble.waitFor();
  const folded = (await bubble.boundingBox())?.height ?? 0;
  assert.ok(folded < phone.height, `the message is ${folded} px high`);
  await bubble.getByRole("button", { name: "더 보기" }).click();
  assert.equal((await bubble.locator(".text").textContent())?.length, 8999);
  await bubble.getByRole("button", { name: "접기" }).click();
  // The list measures it first.
  await page.waitForFunction((height) => document.querySelector(".bubble")?.getBoundingClientRect().height === height, folded);
  window.wantNoFaults(/: .* 409|ERR_FAILED/);
});
