// The page of the OpenAPI document: it shows the calls, signs in, and tries one, with nothing that its policy forbids.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { type Member, signInClub } from "./api";
import { desktop, openWindow, startBrowser } from "./browser";
import { output, type Server, startServer } from "./server";

let server: Server;
let browser: Browser;
let head: Member;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  ({ head } = await signInClub(server.url, 0));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a call can be tried on the page of the document", async () => {
  const window = await openWindow(browser, { viewport: desktop });
  const { page } = window;
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  await page.goto(`${server.url}/docs`);
  const call = page.locator("#operations-PostService-CreatePost");
  await call.waitFor();

  await page.getByRole("button", { name: "Sign in with Band" }).click();
  await page.waitForURL(/\/bandsim\//);
  await page.goto(`${page.url()}&user_key=${head.userKey}`);
  await page.getByText(`Signed in as ${head.name} (admin).`).waitFor();
  assert.equal(page.url(), `${server.url}/docs`, "the code stays in the address");

  await call.locator(".opblock-summary-control").click();
  await call.getByRole("button", { name: "Execute" }).click();
  const answer = call.locator(".live-responses-table tbody");
  await answer.getByText("이번 주 안내").first().waitFor();
  assert.equal((await answer.locator(".response-col_status").first().textContent())?.trim(), "200");
  await call.screenshot({ path: `${output}docs.png` });

  // The examples of filters are not filled in: as it is, the call answers all there is.
  const list = page.locator("#operations-PostService-ListPosts");
  await list.locator(".opblock-summary-control").click();
  const filters = list.locator("tr[data-param-in=query] input[type=text]");
  await filters.first().waitFor();
  for (const filter of await filters.all()) assert.equal(await filter.inputValue(), "");
  for (const choice of await list.locator("tr[data-param-in=query] select").all()) assert.match(await choice.inputValue(), /^(--)?$/);
  await list.getByRole("button", { name: "Execute" }).click();
  const listed = list.locator(".live-responses-table tbody");
  await listed.getByText("이번 주 안내").first().waitFor();
  assert.doesNotMatch((await list.locator(".request-url").first().textContent()) ?? "", /\?/);

  assert.deepEqual(foreign, []);
  window.wantNoFaults();
});
