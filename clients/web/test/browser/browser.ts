import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Member } from "./api";

const program = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Starts a browser with an empty profile. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(program)) {
    throw new Error(`there is no Chromium at ${program}: install it (on Debian: apt-get install chromium fonts-noto-cjk), or say where it is by CHROMIUM`);
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

async function openWindow(browser: Browser, options: BrowserContextOptions): Promise<Window> {
  const context = await browser.newContext({
    viewport: phone,
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    ignoreHTTPSErrors: true,
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const faults: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`${error.page()?.url()}: ${error.error().stack}`));
  return {
    context,
    page: await context.newPage(),
    wantNoFaults(ignored) {
      assert.deepEqual(
        faults.filter((fault) => !ignored?.test(fault)),
        [],
      );
    },
  };
}

/** Signs somebody in as people do: the app leads to Band, and Band back to the app. */
export async function signInAs(browser: Browser, url: string, who: Member, options: BrowserContextOptions = {}): Promise<Window> {
  const window = await openWindow(browser, options);
  const { page } = window;
  await page.goto(url);
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).click();
  await page.waitForURL(/\/bandsim\//);
  // As if they had found themselves among two hundred, and agreed.
  await page.goto(`${page.url()}&user_key=${who.userKey}`);
  await page.getByRole("heading", { name: "현황판", level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  return window;
}
