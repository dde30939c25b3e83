// How fast the app is there, from Chromium's own trace of it. `npm run measure` prints the figures, which README.md quotes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { type Member, play } from "./api";
import { desktop, openWindow, phone, signInAs } from "./browser";
import { browser, head, members, server, startClub } from "./fixture";

let member: Member;

startClub(4, async () => {
  await play(head, members, { title: "A조 복식", court: "1" });
  member = members[0] as Member;
});

interface Conditions {
  window: BrowserContextOptions;
  /** How many times slower the processor is than this one. */
  cpu: number;
  latencyMs: number;
  bytesPerSecond: number;
}

interface TraceEvent {
  name: string;
  ts: number;
  dur?: number;
  pid: number;
  tid: number;
  args: { data?: { navigationId?: string; documentLoaderURL?: string; score?: number; had_recent_input?: boolean } };
}

/** The figures of Lighthouse, in milliseconds but for the shifts of the layout. */
interface Figures {
  /** When something is seen, and when the largest part of it is. */
  fcp: number;
  lcp: number;
  /** How long tasks kept the page from answering beyond 50 ms each, after something was seen. */
  tbt: number;
  cls: number;
  /** When the score of a court is seen. */
  board: number;
}

/** Opens the board as a member with an empty cache. Chromium's trace may lack what a new process did at first: then it is opened again. */
async function openBoard(conditions: Conditions): Promise<Figures> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { events, board } = await traceBoard(conditions);
    const navigation = findNavigation(events, server.url);
    if (navigation) return { ...figures(events, navigation), board };
  }
  assert.fail("no trace has the navigation");
}

async function traceBoard({ window: options, cpu, latencyMs, bytesPerSecond }: Conditions) {
  const first = await signInAs(browser, server.url, member);
  const storageState = await first.context.storageState();
  await first.context.close();
  const window = await openWindow(browser, { ...options, storageState });
  const { page } = window;
  const cdp = await window.context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: latencyMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  const categories = ["-*", "devtools.timeline", "loading", "blink.user_timing", "disabled-by-default-devtools.timeline"];
  await browser.startTracing(page, { categories });
  await page.goto(server.url, { waitUntil: "commit" });
  await page.getByText("A조 복식").first().waitFor();
  const board = await page.evaluate(() => performance.now());
  // What moves or is long after that counts as well.
  await page.waitForTimeout(1500);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  window.wantNoFaults();
  await window.context.close();
  return { events: traceEvents.sort((a, b) => a.ts - b.ts), board };
}

function findNavigation(events: TraceEvent[], url: string): TraceEvent | undefined {
  return events.findLast(({ name, args }) => name === "navigationStart" && args.data?.documentLoaderURL?.startsWith(url));
}

function figures(events: TraceEvent[], navigation: TraceEvent): Omit<Figures, "board"> {
  const of = (wanted: string) =>
    events.filter(({ name, args }) => name === wanted && args.data?.navigationId === navigation.args.data?.navigationId);
  const fcp = of("firstContentfulPaint").at(-1);
  const lcp = of("largestContentfulPaint::Candidate").at(-1);
  assert.ok(fcp && lcp, "the trace has what was painted");
  const tasks = events.filter(({ name, pid, tid }) => name === "RunTask" && pid === fcp.pid && tid === fcp.tid);
  assert.ok(tasks.length > 0, "the trace has the page's tasks");
  const long = tasks.filter(({ ts, dur = 0 }) => ts + dur > fcp.ts && dur > 50_000);
  const after = (event: TraceEvent) => (event.ts - navigation.ts) / 1000;
  return {
    fcp: after(fcp),
    lcp: after(lcp),
    tbt: long.reduce((sum, { dur = 0 }) => sum + dur / 1000 - 50, 0),
    cls: largestShift(events.filter(({ name, ts, args }) => name === "LayoutShift" && ts > navigation.ts && !args.data?.had_recent_input)),
  };
}

/** The most that the layout has shifted in one go: less than a second between two shifts, and five seconds in all. */
function largestShift(shifts: TraceEvent[]): number {
  let [largest, sum, began, last] = [0, 0, 0, 0];
  for (const { ts, args } of shifts) {
    if (ts - last > 1e6 || ts - began > 5e6) [sum, began] = [0, ts];
    last = ts;
    sum += args.data?.score ?? 0;
    largest = Math.max(largest, sum);
  }
  return largest;
}

const phoneWindow = { viewport: phone, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

test("the board is there soon on a telephone, on a desktop, and with bad reception", async (t) => {
  const kilobit = 1000 / 8;
  // The first two are Lighthouse's conditions for a telephone and a desktop.
  const conditions: [string, Conditions, Partial<Figures>][] = [
    [
      "phone, 4 times slower, 150 ms, 1.6 Mbit/s",
      { window: phoneWindow, cpu: 4, latencyMs: 150, bytesPerSecond: 1600 * kilobit },
      { fcp: 1800, lcp: 5000, tbt: 2000, cls: 0.1 },
    ],
    [
      "desktop, 40 ms, 10 Mbit/s",
      { window: { viewport: desktop }, cpu: 1, latencyMs: 40, bytesPerSecond: 10_000 * kilobit },
      { fcp: 1000, lcp: 2500, tbt: 1000, cls: 0.1 },
    ],
    ["phone, 400 ms, 50 kB/s", { window: phoneWindow, cpu: 1, latencyMs: 400, bytesPerSecond: 50_000 }, { fcp: 1800, cls: 0.1 }],
  ];
  t.diagnostic("".padEnd(42) + ["FCP", "LCP", "TBT", "CLS", "scores"].map((text) => text.padStart(10)).join(""));
  for (const [name, condition, most] of conditions) {
    const got = await openBoard(condition);
    const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
    const row = [seconds(got.fcp), seconds(got.lcp), `${Math.round(got.tbt)} ms`, got.cls.toFixed(3), seconds(got.board)];
    t.diagnostic(name.padEnd(42) + row.map((text) => text.padStart(10)).join(""));
    for (const [figure, limit] of Object.entries(most)) {
      const value = got[figure as keyof Figures];
      assert.ok(value <= limit, `${name}: ${figure} is ${value}, at most ${limit}`);
    }
  }
});

test("the theme that was chosen is there from the first moment", async () => {
  const window = await openWindow(browser, { viewport: phone, colorScheme: "light" });
  const { page, context } = window;
  await page.goto(`${server.url}/docs`);
  await page.evaluate(() => localStorage.setItem("dongbaejul.theme", "dark"));
  // Nothing but the page itself arrives.
  await context.route("**/assets/**", (route) => route.abort());
  await page.goto(server.url);
  const boot = page.locator(".boot");
  await boot.getByText("동배즐", { exact: true }).waitFor();
  assert.equal(await boot.evaluate((element) => getComputedStyle(element).backgroundColor), "rgb(14, 18, 16)");
  await context.close();
});
