// What the tests of a file share. Each file runs in a process of its own.
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Member, signInClub } from "./api";
import { signInAs, startBrowser, type Window } from "./browser";
import { type Server, startServer } from "./server";

export let server: Server;
export let browser: Browser;
/** The club's head. */
export let head: Member;
export let members: Member[];
/** The window of the head, and its page, after signInHead. */
export let window: Window;
export let page: Page;

/**
 * Starts the server and a browser before the tests, signs in the head and so many members, and calls `prepare`. Stops them after the
 * tests.
 */
export function startClub(count: number, prepare?: () => unknown) {
  before(async () => {
    [server, browser] = await Promise.all([startServer(), startBrowser()]);
    ({ head, members } = await signInClub(server.url, count));
    await prepare?.();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/** Opens a window in which the head signs in. */
export async function signInHead(viewport: { width: number; height: number }) {
  window = await signInAs(browser, server.url, head, { viewport });
  page = window.page;
}
