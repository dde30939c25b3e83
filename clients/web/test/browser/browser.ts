import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { afterEach, type TestContext } from "node:test";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Member } from "./api";
import { output } from "./server";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts a browser with an empty profile. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(program)) {
    throw new Error(
      `there is no Chromium at ${program}: install it (on Debian: apt-get install chromium fonts-noto-cjk), or say where it is by CHROMIUM`,
    );
  }
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A service worker asks for its script without what a page is forgiven.
      "--ignore-certificate-errors",
    ],
  });
}

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };
export const television = { width: 1920, height: 1080 };

/** Somebody's browser, in which nothing goes wrong unseen. */
export interface Window {
  context: BrowserContext;
  page: Page;
  /** Fails where there was an error on the console, an exception, or something that the page's policy forbade. */
  wantNoFaults(ignored?: RegExp): void;
}

const pages = new Set<Page>();

/** Where a test has failed, what was on the screen is kept. */
afterEach(async (context) => {
  const { name, passed } = context as TestContext & { passed: boolean };
  if (passed) return;
  mkdirSync(`${output}failures`, { recursive: true });
  let number = 0;
  for (const page of pages) await page.screenshot({ path: `${output}failures/${name}-${++number}.png` }).catch(() => undefined);
});

/** Opens a window of somebody who has not signed in. */
export async function openWindow(browser: Browser, options: BrowserContextOptions): Promise<Window> {
  const context = await browser.newContext({
    viewport: phone,
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    ignoreHTTPSErrors: true,
    ...options,
  });
  // CI's machines are slow at times; what must be fast is measured.
  context.setDefaultTimeout(30_000);
  const faults: string[] = [];
  context.on("console", (message) => {
    const url = message.page()?.url() ?? "";
    // The simulator's pages are not the app's.
    if ((message.type() === "error" || message.type() === "warning") && !url.includes("/bandsim/"))
      faults.push(`${url}: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`${error.page()?.url()}: ${error.error().stack}`));
  const page = await context.newPage();
  pages.add(page);
  page.once("close", () => pages.delete(page));
  return {
    context,
    page,
    wantNoFaults(ignored) {
      assert.deepEqual(
        faults.filter((fault) => !ignored?.test(fault)),
        [],
      );
    },
  };
}

/** Signs a member in on a page as people do: the app leads to Band, and Band back to the app. */
export async function signInOn(page: Page, who: Member) {
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).click();
  await page.waitForURL(/\/bandsim\//);
  // As if they had found themselves among two hundred, and agreed.
  await page.goto(`${page.url()}&user_key=${who.userKey}`);
}

/** Opens a window in which a member signs in. */
export async function signInAs(browser: Browser, url: string, who: Member, options: BrowserContextOptions = {}): Promise<Window> {
  const window = await openWindow(browser, options);
  const { page } = window;
  await page.goto(url);
  await signInOn(page, who);
  await page.getByRole("heading", { name: "현황판", level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  return window;
}
