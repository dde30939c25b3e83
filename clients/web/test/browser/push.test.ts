// Pushes: the switch on the user's page, and what the service worker does. Browsers are pushed to by services of their makers, which
// tests cannot reach: the subscription is a stand-in. What is pushed is given to the real service worker by the browser's protocol.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import type { BrowserContextOptions, Page, Worker } from "playwright-core";
import type { Member } from "./api";
import { desktop, openWindow, phone, signInOn, type Window } from "./browser";
import { browser, head, members, server, startClub } from "./fixture";
import { output } from "./server";

startClub(3);

// What the service worker has and pages do not, for what is evaluated in it.
declare const registration: ServiceWorkerRegistration;
declare const clients: { openWindow(url: string | URL): Promise<null> };
declare class ExtendableEvent extends Event {
  constructor(type: string);
  waitUntil: (promise: Promise<unknown>) => void;
}
declare class NotificationEvent extends ExtendableEvent {
  constructor(type: string, init: { notification: Notification });
}

/** What tsx calls in functions with names, which browsers run without it. */
const named = "globalThis.__name = (f) => f";

/** Opens a window whose pages run these functions first. */
async function openPrepared(options: BrowserContextOptions, ...prepare: (() => void)[]): Promise<Window> {
  const window = await openWindow(browser, options);
  await window.context.addInitScript(named);
  for (const script of prepare) await window.context.addInitScript(script);
  return window;
}

/** Replaces the push service of a page's browser. The subscription stays over reloads, as the browser's does. */
function standIn() {
  const name = "test.subscription";
  const base64url = (bytes: ArrayBuffer) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const current = () => {
    const text = localStorage.getItem(name);
    if (text === null) return null;
    const { endpoint, keys, key } = JSON.parse(text);
    const bytes = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return {
      options: { applicationServerKey: bytes.buffer },
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      unsubscribe: async () => {
        localStorage.removeItem(name);
        return true;
      },
    };
  };
  PushManager.prototype.getSubscription = async () => current() as unknown as PushSubscription;
  PushManager.prototype.subscribe = async (options) => {
    if (!options?.userVisibleOnly) throw new Error("silent pushes are not allowed");
    const { publicKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const keys = {
      p256dh: base64url(await crypto.subtle.exportKey("raw", publicKey)),
      auth: base64url(crypto.getRandomValues(new Uint8Array(16)).buffer),
    };
    const endpoint = `https://push.example/${crypto.randomUUID()}`;
    localStorage.setItem(name, JSON.stringify({ endpoint, keys, key: options.applicationServerKey }));
    return current() as unknown as PushSubscription;
  };
}

const subscription = (page: Page) => page.evaluate(() => localStorage.getItem("test.subscription"));

const pushSwitch = (page: Page) => page.getByRole("switch", { name: "이 기기로 푸시 받기" });

/** Signs a member in, in a browser that was not asked for the permission, and opens their page. */
async function openSettings(who: Member): Promise<Window> {
  const window = await openPrepared({}, standIn);
  const { page } = window;
  await page.goto(server.url);
  await signInOn(page, who);
  await page.getByRole("heading", { name: "현황판", level: 1 }).waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.goto(`${server.url}/me`);
  return window;
}

/** Counts the calls of a method by the pages of a window. */
function callsOf({ page }: Window, method: string): () => number {
  let calls = 0;
  page.on("request", (request) => {
    if (request.url().endsWith(`/${method}`)) calls++;
  });
  return () => calls;
}

/** Returns pushes to the service worker of a window, as the browser does. */
async function pusherOf({ context, page }: Window) {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const cdp = await context.newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => first && resolve(first.registrationId));
  });
  await cdp.send("ServiceWorker.enable");
  const registrationId = await found;
  const [worker] = context.serviceWorkers() as [Worker];
  await worker.evaluate(named);
  return {
    worker,
    push: (pushed: object | string) =>
      cdp.send("ServiceWorker.deliverPushMessage", {
        origin: server.url,
        registrationId,
        data: typeof pushed === "string" ? pushed : JSON.stringify(pushed),
      }),
    /** Returns the titles of what is shown, the newest last. */
    shown: () => worker.evaluate(async () => (await registration.getNotifications()).map(({ title }) => title)),
    /** Waits for what is shown to be these titles. */
    async wantShown(titles: readonly string[]) {
      await page.waitForFunction(async (titles) => {
        const shown = (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title }) => title);
        return shown.sort().join() === titles;
      }, [...titles].sort().join());
    },
    /** Taps the notification of a title. Only what opens windows is replaced: browsers allow it for taps of people alone. */
    tap: (title: string) =>
      worker.evaluate(async (title) => {
        const notification = (await registration.getNotifications()).find((shown) => shown.title === title);
        if (!notification) throw new Error(`${title} is not shown`);
        let opened = "";
        clients.openWindow = async (url) => {
          opened = String(url);
          return null;
        };
        const event = new NotificationEvent("notificationclick", { notification });
        let done: Promise<unknown> = Promise.resolve();
        event.waitUntil = (promise) => {
          done = promise;
        };
        self.dispatchEvent(event);
        await done;
        return opened;
      }, title),
  };
}

test("pushes are switched on by a tap, kept over a new session, and switched off", async () => {
  const [member] = members as [Member];
  const window = await openSettings(member);
  const { context, page, wantNoFaults } = window;
  const unregistered = callsOf(window, "UnregisterDevice");
  await page.evaluate(() => {
    Notification.requestPermission = async () => {
      (globalThis as { asked?: boolean }).asked = navigator.userActivation.isActive;
      return "granted";
    };
  });
  await pushSwitch(page).and(page.locator(":enabled")).waitFor();
  assert.equal(await pushSwitch(page).isChecked(), false);
  assert.equal(await page.evaluate(() => Notification.permission), "default");
  await context.grantPermissions(["notifications"]);
  const answered = page.waitForResponse(/\/RegisterDevice$/);
  await pushSwitch(page).click();
  assert.equal((await answered).status(), 200);
  await pushSwitch(page).and(page.locator(":enabled")).waitFor();
  assert.equal(await pushSwitch(page).isChecked(), true);
  assert.equal(await page.evaluate(() => (globalThis as { asked?: boolean }).asked), true, "asked by a tap");

  // The next start registers the same subscription again.
  const before = await subscription(page);
  assert.ok(before);
  const again = page.waitForResponse(/\/RegisterDevice$/);
  await page.reload();
  await again;
  await pushSwitch(page).and(page.locator(":checked")).waitFor();
  assert.equal(await subscription(page), before);

  await page.getByRole("button", { name: "로그아웃", exact: true }).click();
  await page.getByRole("button", { name: "네이버 밴드로 로그인" }).waitFor();
  await page.waitForFunction(() => localStorage.getItem("test.subscription") === null);
  assert.equal(unregistered(), 0);
  const renewed = page.waitForResponse(/\/RegisterDevice$/);
  await signInOn(page, member);
  assert.equal((await renewed).status(), 200);
  assert.notEqual(await subscription(page), null);

  await page.goto(`${server.url}/me`);
  await pushSwitch(page).and(page.locator(":checked")).waitFor();
  const gone = page.waitForResponse(/\/UnregisterDevice$/);
  await pushSwitch(page).click();
  assert.equal((await gone).status(), 200);
  await pushSwitch(page).and(page.locator(":enabled")).waitFor();
  assert.equal(await pushSwitch(page).isChecked(), false);
  assert.equal(await subscription(page), null);
  // And stays so.
  await page.reload();
  await pushSwitch(page).and(page.locator(":enabled")).waitFor();
  assert.equal(await pushSwitch(page).isChecked(), false);
  wantNoFaults();
  await context.close();
});

test("a browser that blocks notifications, and Safari on iOS, say what to do", async () => {
  const [member] = members as [Member];
  const { context, page } = await openSettings(member);
  await page.evaluate(() => {
    Object.defineProperty(Notification, "permission", { get: () => "denied" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.getByText("알림이 차단되어 있어요").waitFor();
  assert.equal(await pushSwitch(page).isDisabled(), true);
  await context.close();

  const userAgent =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
  const phone = await openPrepared({ userAgent }, () => void Reflect.deleteProperty(globalThis, "PushManager"));
  await phone.page.goto(`${server.url}/me`);
  await signInOn(phone.page, member);
  await phone.page.getByText("홈 화면에 추가").waitFor();
  assert.equal(await pushSwitch(phone.page).isDisabled(), true);
  await phone.context.close();
});

test("a browser that refuses its service worker is said to support no pushes", async () => {
  // As sandboxed frames do.
  const { context, page } = await openPrepared({}, () => {
    Object.defineProperty(Navigator.prototype, "serviceWorker", {
      get: () => {
        throw new DOMException("The document is sandboxed.", "SecurityError");
      },
    });
  });
  await page.goto(`${server.url}/me`);
  await signInOn(page, members[0] as Member);
  await page.getByText("이 브라우저에서는 푸시를 받을 수 없어요.").waitFor();
  assert.equal(await pushSwitch(page).isDisabled(), true);
  await context.close();
});

test("quiet hours are saved", async () => {
  const [, member] = members as [Member, Member];
  const { context, page, wantNoFaults } = await openSettings(member);
  const hours = async () => (await member.call("GET", "/api/v1/users/profile")).user.preferences.quiet_hours;
  const saved = () => page.waitForResponse(/\/UpdateProfile$/);
  const quiet = page.getByRole("switch", { name: "방해 금지 시간" });
  const turnOn = saved();
  await quiet.click();
  await turnOn;
  assert.deepEqual(await hours(), { from: "22:00", to: "07:00" });
  const change = saved();
  await page.getByLabel("시작", { exact: true }).fill("23:30");
  await change;
  assert.deepEqual(await hours(), { from: "23:30", to: "07:00" });
  await page.getByLabel("끝", { exact: true }).fill("23:30");
  await page.getByText("시작과 끝을 다르게").waitFor();
  const screenshots = `${output}screenshots/`;
  mkdirSync(screenshots, { recursive: true });
  await page.getByLabel("끝", { exact: true }).fill("06:15");
  await page.screenshot({ path: `${screenshots}me-push-phone.png`, fullPage: true });
  await page.setViewportSize(desktop);
  await page.screenshot({ path: `${screenshots}me-push-desktop.png`, fullPage: true });
  await page.setViewportSize(phone);
  await page.reload();
  assert.equal(await page.getByLabel("시작", { exact: true }).inputValue(), "23:30");
  assert.equal(await page.getByLabel("끝", { exact: true }).inputValue(), "06:15");
  const turnOff = saved();
  await quiet.click();
  await turnOff;
  assert.deepEqual(await hours(), { from: "", to: "" });
  await page.getByLabel("시작", { exact: true }).waitFor({ state: "detached" });
  wantNoFaults();
  await context.close();
});

test("a push is shown and opens what it is about, except in the room that is open", async () => {
  const [, , member] = members as [Member, Member, Member];
  const { room } = await head.call("POST", "/api/v1/chat/rooms", { type: "group", name: "푸시", participants: [member.id] });
  const window = await openSettings(member);
  const { context, page, wantNoFaults } = window;
  await context.grantPermissions(["notifications"]);
  const { worker, push, shown, tap, wantShown } = await pusherOf(window);
  await worker.evaluate(() => {
    const badges: number[] = [];
    Object.assign(self, { badges });
    Object.assign(self.navigator, { setAppBadge: async (count: number) => void badges.push(count) });
  });
  await push({
    id: "n1",
    seq: "1",
    kind: "chat_message",
    badge: "2",
    title: "첫 메시지",
    body: "안녕하세요",
    room_id: room.id,
    message_id: "m",
  });
  await push({ id: "n2", seq: "2", kind: "broadcast", badge: "3", title: "운영진", body: "" });
  await wantShown(["첫 메시지", "운영진"]);
  assert.deepEqual(await worker.evaluate(() => (self as unknown as { badges: number[] }).badges), [2, 3]);
  const [first] = await worker.evaluate(async () =>
    (await registration.getNotifications({ tag: "n1" })).map(({ title, body, data }) => [title, body, data.room_id]),
  );
  assert.deepEqual(first, ["첫 메시지", "안녕하세요", room.id]);
  // The same one again replaces itself, and what the server has not sent shows nothing.
  await push("nothing of the server's");
  await push({ id: "n2", seq: "2", kind: "broadcast", badge: "3", title: "운영진의 알림" });
  await wantShown(["첫 메시지", "운영진의 알림"]);

  // The app of the open window opens the room: the page is not loaded again.
  await page.evaluate(() => Object.assign(globalThis, { kept: true }));
  assert.equal(await tap("첫 메시지"), "");
  await page.getByRole("textbox", { name: "메시지" }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/chat/${room.id}`);
  assert.equal(await page.evaluate(() => (globalThis as { kept?: boolean }).kept), true);
  // What is said in the room that is open is not shown; what is said elsewhere is.
  await push({ id: "n3", badge: "3", title: "이 방", room_id: room.id });
  await push({ id: "n4", badge: "4", title: "다른 방", room_id: "other" });
  await push({ id: "n5", badge: "5", title: "댓글", post_id: "p" });
  await wantShown(["다른 방", "운영진의 알림", "댓글"]);
  assert.equal(await tap("운영진의 알림"), "");
  await page.waitForURL(/\/notifications$/);

  // Without a window of the app, one is opened.
  await page.goto("about:blank");
  assert.equal(await tap("다른 방"), "/chat/other");
  assert.equal(await tap("댓글"), "/posts/p");
  assert.deepEqual(await shown(), []);
  wantNoFaults();
  await context.close();
});

test("what is read is no longer shown, and the badge is what is unread", async () => {
  const [member] = members as [Member];
  const window = await openPrepared({}, () => {
    const badges: number[] = [];
    Object.assign(globalThis, { badges });
    Object.assign(navigator, { setAppBadge: async (count: number) => void badges.push(count) });
  });
  const { context, page, wantNoFaults } = window;
  await context.grantPermissions(["notifications"]);
  await head.call("POST", "/api/v1/notifications/broadcast", { title: "전체 알림", body: "" });
  await page.goto(server.url);
  await signInOn(page, member);
  const { push, wantShown } = await pusherOf(window);
  const badgeIs = (count: number) =>
    page.waitForFunction((count) => (globalThis as unknown as { badges: number[] }).badges.at(-1) === count, count);
  await badgeIs(1);
  const { notifications } = await member.call("GET", "/api/v1/notifications");
  await push({ id: notifications[0].id, badge: "1", title: "전체 알림" });
  await wantShown(["전체 알림"]);
  await page.getByRole("link", { name: "알림", exact: false }).first().click();
  await badgeIs(0);
  await wantShown([]);
  await page.goto(`${server.url}/me`);
  await page.evaluate(() => (globalThis as unknown as { badges: number[] }).badges.push(9));
  await page.getByRole("button", { name: "로그아웃", exact: true }).click();
  await badgeIs(0);
  wantNoFaults();
  await context.close();
});

test("a subscription that the browser replaces is registered by the open window", async () => {
  const [member] = members as [Member];
  const window = await openSettings(member);
  const { context, page } = window;
  await context.grantPermissions(["notifications"]);
  await pushSwitch(page).and(page.locator(":enabled")).waitFor();
  const on = page.waitForResponse(/\/RegisterDevice$/);
  await pushSwitch(page).click();
  await on;
  const { worker } = await pusherOf(window);
  const renewed = page.waitForRequest(/\/RegisterDevice$/);
  const options = await worker.evaluate(async () => {
    let options: PushSubscriptionOptionsInit | undefined;
    registration.pushManager.getSubscription = async () => null;
    registration.pushManager.subscribe = async (given) => {
      options = given;
      return {} as PushSubscription;
    };
    const applicationServerKey = new Uint8Array([1, 2]).buffer;
    let done: Promise<unknown> = Promise.resolve();
    const event = Object.assign(new ExtendableEvent("pushsubscriptionchange"), {
      oldSubscription: { options: { applicationServerKey } },
      waitUntil: (promise: Promise<unknown>) => {
        done = promise;
      },
    });
    self.dispatchEvent(event);
    await done;
    return options && { ...options, applicationServerKey: [...new Uint8Array(options.applicationServerKey as ArrayBuffer)] };
  });
  assert.deepEqual(options, { userVisibleOnly: true, applicationServerKey: [1, 2] });
  await renewed;
  await context.close();
});
