// Whether a browser is registered for pushes, against fakes of the browser and the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionState } from "@dongbaejul/client";
import { createPush, type PushBrowser } from "../../src/push/push";

/** The server's keys, in base64url. Both characters that differ from base64 are in the first one. */
const key = Buffer.from([0xfb, 0xff, 0xbf, 1]).toString("base64url");
const otherKey = Buffer.from([1, 2, 3, 4]).toString("base64url");

/** A browser at a server, of whose parts tests change what they need. */
function world() {
  const calls: string[] = [];
  const texts = new Map<string, string>();
  let subscriptions = 0;
  let devices = 0;
  let subscription: { endpoint: string; key: string } | null = null;
  const w = {
    calls,
    texts,
    key,
    session: { status: "signed_in", userId: "a", permissions: [] } as SessionState,
    permission: "default" as NotificationPermission,
    answer: "granted" as NotificationPermission,
    supported: true,
    offline: false,
    subscription: () => subscription,
    replace: () => {
      subscription = { endpoint: `https://push/${++subscriptions}`, key };
    },
    needsHomeScreen: false,
    push: () => createPush(client as unknown as Parameters<typeof createPush>[0], browser()),
  };
  const registered = new Map<string, string>();
  const online = () => {
    if (w.offline) throw new Error("no network");
  };
  const client = {
    session: { state: { getSnapshot: () => w.session }, ready: async () => w.session },
    notifications: {
      async getPushConfig() {
        online();
        return { webPushPublicKey: w.key };
      },
      async registerDevice({ token, platform }: { token: string; platform: number }) {
        online();
        const { endpoint, keys } = JSON.parse(token);
        assert.deepEqual([platform, keys], [3, { p256dh: "p", auth: "a" }]);
        const deviceId = registered.get(endpoint) ?? `d${++devices}`;
        registered.set(endpoint, deviceId);
        calls.push(`register ${endpoint} ${deviceId}`);
        return { deviceId };
      },
      async unregisterDevice({ deviceId }: { deviceId: string }) {
        online();
        calls.push(`unregister ${deviceId}`);
      },
    },
  };
  const current = () =>
    subscription && {
      options: { applicationServerKey: Uint8Array.from(Buffer.from(subscription.key, "base64url")).buffer },
      toJSON: () => ({ endpoint: subscription?.endpoint, expirationTime: null, keys: { p256dh: "p", auth: "a" } }),
      async unsubscribe() {
        calls.push("unsubscribe");
        subscription = null;
        return true;
      },
    };
  const pushManager = {
    getSubscription: async () => current(),
    async subscribe(options: { userVisibleOnly: boolean; applicationServerKey: string }) {
      assert.equal(options.userVisibleOnly, true);
      assert.equal(w.permission, "granted");
      subscription = { endpoint: `https://push/${++subscriptions}`, key: options.applicationServerKey };
      return current();
    },
  };
  const browser = (): PushBrowser => ({
    needsHomeScreen: w.needsHomeScreen,
    registration: async () => (w.supported ? ({ pushManager } as unknown as ServiceWorkerRegistration) : undefined),
    permission: () => w.permission,
    async requestPermission() {
      calls.push("ask");
      w.permission = w.answer;
      return w.answer;
    },
    texts: {
      getItem: (name) => texts.get(name) ?? null,
      setItem: (name, text) => void texts.set(name, text),
      removeItem: (name) => void texts.delete(name),
    },
  });
  return w;
}

test("the user is asked only on a tap, and the browser is registered and unregistered", async () => {
  const w = world();
  const push = w.push();
  assert.equal(push.getSnapshot(), "unknown");
  await push.sync();
  assert.equal(push.getSnapshot(), "off");
  assert.deepEqual(w.calls, []);
  await push.enable();
  assert.equal(push.getSnapshot(), "on");
  assert.deepEqual(w.calls.splice(0), ["ask", "register https://push/1 d1"]);
  await push.disable();
  assert.equal(push.getSnapshot(), "off");
  assert.deepEqual(w.calls.splice(0), ["unsubscribe", "unregister d1"]);
  // The permission alone registers nobody.
  await w.push().sync();
  assert.deepEqual(w.calls, []);
});

test("a refusal is shown, also one in the settings of the browser", async () => {
  const w = world();
  w.answer = "denied";
  const push = w.push();
  await push.enable();
  assert.equal(push.getSnapshot(), "denied");
  assert.deepEqual(w.calls.splice(0), ["ask"]);
  w.answer = "granted";
  await push.enable();
  assert.equal(push.getSnapshot(), "on");
  w.calls.length = 0;
  w.permission = "denied";
  await push.sync();
  assert.equal(push.getSnapshot(), "denied");
  assert.deepEqual(w.calls, ["unsubscribe", "unregister d1"]);
});

test("a user who signs in again is registered again, and another user is not", async () => {
  const w = world();
  const push = w.push();
  await push.enable();
  w.calls.length = 0;
  w.session = { status: "signed_out" };
  await push.sync();
  // The server unregisters with the session.
  assert.deepEqual(w.calls.splice(0), ["unsubscribe"]);
  w.session = { status: "signed_in", userId: "b", permissions: [] };
  await push.sync();
  assert.deepEqual([push.getSnapshot(), w.calls], ["off", []]);
  w.session = { status: "signed_in", userId: "a", permissions: [] };
  await push.sync();
  assert.deepEqual([push.getSnapshot(), w.calls.splice(0)], ["on", ["register https://push/2 d2"]]);
  // Signed in without a sign-out that was seen here.
  w.session = { status: "signed_in", userId: "b", permissions: [] };
  await push.sync();
  assert.deepEqual([push.getSnapshot(), w.calls], ["off", ["unsubscribe"]]);
});

test("each start registers again: with another key or endpoint as another device", async () => {
  const w = world();
  await w.push().enable();
  w.calls.length = 0;
  await w.push().sync();
  assert.deepEqual(w.calls.splice(0), ["register https://push/1 d1"]);
  w.key = otherKey;
  await w.push().sync();
  assert.deepEqual(w.calls.splice(0), ["unsubscribe", "register https://push/2 d2", "unregister d1"]);
  assert.equal(w.subscription()?.key, otherKey);
  w.key = key;
  w.replace();
  await w.push().sync();
  assert.deepEqual(w.calls.splice(0), ["register https://push/3 d3", "unregister d2"]);
  w.key = "";
  const push = w.push();
  await push.sync();
  assert.deepEqual([push.getSnapshot(), w.calls], ["unavailable", ["unsubscribe", "unregister d3"]]);
});

test("without a network it is retried, and switched off at once", async () => {
  const w = world();
  w.offline = true;
  const push = w.push();
  await push.enable();
  assert.equal(push.getSnapshot(), "failed");
  w.offline = false;
  await push.sync();
  assert.equal(push.getSnapshot(), "on");
  w.calls.length = 0;
  w.offline = true;
  await push.disable();
  assert.deepEqual([push.getSnapshot(), w.calls.splice(0)], ["off", ["unsubscribe"]]);
  w.offline = false;
  await push.sync();
  assert.deepEqual([push.getSnapshot(), w.calls], ["off", ["unregister d1"]]);
});

test("a browser without pushes says so, and Safari on iOS what to do", async () => {
  const w = world();
  w.supported = false;
  const push = w.push();
  await push.sync();
  assert.equal(push.getSnapshot(), "unsupported");
  w.needsHomeScreen = true;
  const ios = w.push();
  await ios.sync();
  assert.equal(ios.getSnapshot(), "home_screen");
});
