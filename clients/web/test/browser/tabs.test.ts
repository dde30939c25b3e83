import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { play, signInClub } from "./api";
import { signInAs, startBrowser } from "./browser";
import { startServer } from "./server";

// Over HTTP/1.1 browsers have six connections to a server for all their tabs, and each tab holds one for its stream. Over
// TLS they speak HTTP/2, where all share one.
test("seven tabs work over HTTP/2 with TLS", async (t) => {
  const server = await startServer({ tls: true });
  t.after(() => server.stop());
  const browser = await startBrowser();
  t.after(() => browser.close());
  const { head, members } = await signInClub(server.url, 4);
  const game = await play(head, members, { title: "일곱 탭의 경기", court: "1" });
  const window = await signInAs(browser, server.url, head);
  const tabs: Page[] = [window.page];
  for (let i = 1; i < 7; i++) tabs.push(await window.context.newPage());
  await Promise.all(
    tabs.map(async (tab) => {
      await tab.goto(server.url);
      await tab.getByText("일곱 탭의 경기").first().waitFor();
    }),
  );
  // With seven streams open, calls are answered still, and every tab is told.
  const seventh = tabs[6] as Page;
  const began = Date.now();
  await head.call("PUT", `/api/v1/games/${game.id}/score`, { set_number: 1, team1_score: 7, team2_score: 3 });
  await Promise.all(tabs.map((tab) => tab.getByText("7점").first().waitFor({ state: "attached" })));
  t.diagnostic(`a score is in all seven tabs after ${Date.now() - began} ms`);
  await seventh.getByRole("link", { name: "내 정보" }).click();
  await seventh.getByText("1:1 대화 받기").waitFor();

  const protocols = await seventh.evaluate(() => [
    ...new Set(performance.getEntriesByType("resource").map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol)),
  ]);
  // What the service worker serves comes by no protocol.
  assert.deepEqual(
    protocols.filter((protocol) => protocol !== ""),
    ["h2"],
  );
  window.wantNoFaults();
});
