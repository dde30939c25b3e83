// The app in English: by the browser's language, or as the user chooses.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Member } from "./api";
import { desktop, openWindow, signInAs } from "./browser";
import { browser, head, members, server, startClub } from "./fixture";

startClub(2);

const language = (page: Page) => page.evaluate(() => document.documentElement.lang);

/** What the page shows and tells screen readers in Korean, besides names of members, which come from the club. */
function korean(page: Page, names: readonly string[]): Promise<string[]> {
  return page.evaluate((names) => {
    const texts: string[] = [document.title];
    const walker = document.createTreeWalker(document.getElementById("app") as HTMLElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node instanceof Element) {
        for (const name of ["aria-label", "placeholder", "title", "alt"]) texts.push(node.getAttribute(name) ?? "");
      } else texts.push(node.textContent ?? "");
    }
    const rest = texts.map((text) => names.reduce((left, name) => left.replaceAll(name, ""), text));
    return [...new Set(rest)].filter((text) => /[가-힣]{2}/.test(text));
  }, names);
}

test("a browser in English gets the app in English, and one in a language that the app lacks in Korean", async () => {
  const english = await openWindow(browser, { locale: "en-US" });
  await english.page.goto(server.url);
  await english.page.getByRole("button", { name: "Sign in with Naver Band" }).waitFor();
  assert.equal(await english.page.title(), "Sign in · Dongbaejul");
  assert.equal(await language(english.page), "en");
  assert.deepEqual(await korean(english.page, []), []);
  await english.context.close();

  const german = await openWindow(browser, { locale: "de-DE" });
  await german.page.goto(server.url);
  await german.page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  assert.equal(await language(german.page), "ko");
  await german.context.close();
});

test("the language that was chosen is that of every page and of the server's answers at once, and stays", async () => {
  const [member] = members as [Member];
  const window = await signInAs(browser, server.url, member, { viewport: desktop });
  const { page } = window;
  const asked: (string | undefined)[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/dongbaejul.v1.")) asked.push(request.headers()["accept-language"]);
  });
  await page.goto(`${server.url}/me`);
  await page.getByRole("heading", { name: "내 정보", level: 1 }).waitFor();
  assert.equal(await language(page), "ko");
  await page.getByText("1:1 대화 받기").waitFor();
  asked.length = 0;

  await page.getByRole("radio", { name: "English" }).check();
  await page.getByRole("heading", { name: "My page", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Notifications" }).first().waitFor();
  assert.equal(await language(page), "en");
  assert.equal(await page.title(), "My page · Dongbaejul");

  const { courts } = await head.call("GET", "/api/v1/courts");
  const names = [head, ...members, ...courts].map(({ name }) => name);
  // Each language is called by its own name.
  assert.deepEqual(await korean(page, [...names, "한국어"]), []);
  for (const [link, heading] of [
    ["Board", "Board"],
    ["Games", "Games"],
    ["Posts", "Posts"],
    ["Members", "Members"],
    ["Notifications", "Notifications"],
  ] as const) {
    await page.getByRole("navigation").getByRole("link", { name: link }).click();
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await page.locator(".state-loading").first().waitFor({ state: "detached" });
    assert.deepEqual(await korean(page, names), [], heading);
  }
  assert.ok(asked.length > 0);
  assert.deepEqual([...new Set(asked)], ["en"]);

  // An error in the server's words.
  await page.goto(`${server.url}/members/00000000-0000-7000-8000-000000000000`);
  await page.getByRole("main").getByText("There is no such member.").waitFor();
  assert.equal(await language(page), "en");
  assert.deepEqual(await korean(page, names), []);

  await page.goto(`${server.url}/me`);
  await page.getByRole("group", { name: "Language" }).getByRole("radio", { name: "Device setting" }).check();
  await page.getByRole("heading", { name: "내 정보", level: 1 }).waitFor();
  assert.equal(await language(page), "ko");
  await window.context.close();
});
