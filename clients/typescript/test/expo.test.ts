import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createClubWith } from "../src/expo/club.js";
import type { ExpoClub, ExpoClubOptions } from "../src/expo/club.js";
import { createFirebasePush, followBadge } from "../src/expo/firebase/push.js";
import type { FirebaseModules } from "../src/expo/firebase/push.js";
import type { Client } from "../src/index.js";
import { DevicePlatform } from "../src/index.js";
import { openRoom, quick, say, signedIn, userOf } from "./support/club.js";
import { Device } from "./support/expo.js";
import { Server } from "./support/server.js";
import type { Member } from "./support/server.js";
import { until } from "./support/wait.js";

describe("an Expo app", () => {
  let server: Server;
  let leader: Client;
  let people: Member[];
  const running: ExpoClub[] = [];

  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    people = await server.members();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });
  after(async () => {
    await server.stop();
  });

  /** Starts the app on a device. */
  function start(device: Device, options: Partial<ExpoClubOptions> = {}): ExpoClub {
    const club = { subscribe: { timing: quick } };
    const app = createClubWith(device.modules, { baseUrl: server.url, push: device.push, club, ...options });
    running.push(app);
    return app;
  }

  /** Agrees on Band's consent page as somebody, and returns the link back to the app. */
  async function agree(authUrl: string, who: Member | undefined): Promise<string> {
    const consent = await fetch(`${authUrl}&user_key=${who?.user_key}`, { redirect: "manual" });
    return consent.headers.get("Location") ?? "";
  }

  const member = (n: number) => people.filter(({ role }) => role === "member")[n];

  async function startSignedIn(device: Device, n: number): Promise<ExpoClub> {
    const app = start(device);
    device.browse = async (authUrl) => ({ type: "success", url: await agree(authUrl, member(n)) });
    await app.signIn();
    assert.equal(app.client.session.state.getSnapshot().status, "signed_in");
    return app;
  }

  const statusOf = (app: ExpoClub) => app.client.session.state.getSnapshot().status;

  describe("signing in", () => {
    test("completes by what the browser returns", async () => {
      const app = await startSignedIn(new Device(), 0);
      assert.deepEqual(app.signInState.getSnapshot(), { isSigningIn: false });
    });

    test("completes by the link where Android reports the browser as closed", async () => {
      const device = new Device();
      const app = start(device);
      let link = "";
      device.browse = async (authUrl) => {
        link = await agree(authUrl, member(1));
        return { type: "dismiss" };
      };
      await app.signIn();
      assert.equal(statusOf(app), "signed_out");
      device.follow(link);
      await until("the sign-in", () => statusOf(app) === "signed_in");
    });

    test("completes once where both come", async () => {
      const device = new Device();
      const app = start(device);
      device.browse = async (authUrl) => {
        const url = await agree(authUrl, member(1));
        device.follow(url);
        return { type: "success", url };
      };
      const before = server.calls("AuthService/CompleteBandLogin");
      await app.signIn();
      assert.equal(statusOf(app), "signed_in");
      assert.deepEqual(app.signInState.getSnapshot(), { isSigningIn: false });
      await until("the call to be logged", () => server.calls("AuthService/CompleteBandLogin") === before + 1);
    });

    test("completes after the system has ended the app meanwhile", async () => {
      const device = new Device();
      const first = start(device);
      device.browse = async (authUrl) => {
        device.initialUrl = await agree(authUrl, member(2));
        return new Promise(() => {});
      };
      void first.signIn();
      await until("the consent", () => device.initialUrl !== null);
      await first.close();
      const second = start(device);
      await until("the sign-in", () => statusOf(second) === "signed_in");
      await second.close();
      // A reload of the program starts with the same link, and signs nobody in or out.
      const third = start(device);
      await third.client.session.ready();
      assert.equal(statusOf(third), "signed_in");
      await third.signOut();
      const fourth = start(device);
      const states: unknown[] = [];
      fourth.signInState.subscribe(() => states.push(fourth.signInState.getSnapshot()));
      await until("the old link to be tried", () => states.length === 2);
      assert.deepEqual(states, [{ isSigningIn: true }, { isSigningIn: false }]);
      assert.equal(statusOf(fourth), "signed_out");
    });

    test("says why it failed, and nothing where the user has closed the browser", async () => {
      const device = new Device();
      const app = start(device);
      await app.signIn();
      assert.deepEqual(app.signInState.getSnapshot(), { isSigningIn: false });
      device.browse = () => Promise.resolve({ type: "success", url: "dongbaejul://auth?error=access_denied" });
      await app.signIn();
      assert.equal(app.signInState.getSnapshot().fault?.reason, "SIGN_IN_REFUSED");
      const nowhere = start(new Device(), { baseUrl: "http://127.0.0.1:1" });
      await nowhere.signIn();
      assert.equal(nowhere.signInState.getSnapshot().fault?.kind, "offline");
    });
  });

  test("keeps its session in SecureStore, in less than 2,048 bytes even for who may do everything", async () => {
    const device = new Device();
    const app = start(device);
    device.browse = async (authUrl) => ({ type: "success", url: await agree(authUrl, people.find(({ role }) => role === "leader")) });
    await app.signIn();
    const { value, keychainAccessible } = device.safe.get("dongbaejul.session") ?? { value: "", keychainAccessible: 0 };
    const { permissions, accessToken, refreshToken, expiresAt } = JSON.parse(value) as Record<string, string>;
    assert.equal(permissions?.length, 8);
    assert.equal(keychainAccessible, device.modules.secureStore.AFTER_FIRST_UNLOCK);
    assert.ok(Buffer.byteLength(value) < 1_536, `the session takes ${Buffer.byteLength(value)} bytes`);
    // Of three that have ended without a network this much is kept, until the server knows.
    const ended = JSON.stringify({ accessToken, refreshToken, expiresAt, allDevices: false });
    assert.ok(3 * Buffer.byteLength(ended) < 2_000, `a session that has ended takes ${Buffer.byteLength(ended)} bytes`);
    for (const key of device.safe.keys()) {
      assert.match(key, /^[\w.-]+$/, "SecureStore takes no such key");
    }
    assert.equal(await device.storage.getItem("dongbaejul.session"), null);
  });

  test("leaves the stream at once in the background, and catches up when it is shown", async () => {
    const device = new Device();
    const app = await startSignedIn(device, 0);
    const room = await openRoom(leader, "백그라운드");
    app.club.openRoom(room);
    app.club.start();
    const status = () => app.club.connection.getSnapshot().status;
    await until("the stream", () => status() === "open");
    device.moveTo("inactive");
    device.moveTo("background");
    await until("the stream to end", () => status() === "paused", 1_000);
    await say(leader, room, "자리 있어요");
    device.moveTo("active");
    const messages = app.club.messages(room);
    await until("the message", () => messages.getSnapshot().messages.some(({ message }) => message.content === "자리 있어요"));
  });

  test("shows without a network what was shown last, after a restart too, and keeps none of it after a sign-out", async () => {
    const device = new Device();
    const room = await openRoom(leader, "체육관");
    await say(leader, room, "코트 두 개 잡았어요");
    const shown = (app: ExpoClub) => app.club.messages(room).getSnapshot();
    const app = await startSignedIn(device, 0);
    app.club.openRoom(room);
    app.club.start();
    await until("the message", () => shown(app).messages.length === 1);
    await app.close();
    const offline = start(device, { fetch: () => Promise.reject(new TypeError("Network request failed")) });
    offline.club.start();
    await until("the message from the cache", () => shown(offline).messages.length === 1);
    assert.equal(shown(offline).fromCache, true);
    assert.equal(offline.club.rooms.getSnapshot().fromCache, true);
    const isStored = () => [...device.stored.values()].some((value) => value.includes("코트 두 개"));
    assert.ok(isStored());
    await offline.signOut();
    await until("the cache to be deleted", () => !isStored());
  });

  test("comes back when the network changes or can reach the internet again", () => {
    const device = new Device();
    const { lifecycle } = start(device).client;
    let times = 0;
    lifecycle?.onOnline(() => times++);
    const wants: [state: Parameters<Device["connectTo"]>[0], times: number][] = [
      [{ type: "wifi", isConnected: true, isInternetReachable: true }, 0],
      [{ type: "cellular", isConnected: true, isInternetReachable: null }, 1],
      [{ type: "none", isConnected: false, isInternetReachable: false }, 1],
      [{ type: "wifi", isConnected: true, isInternetReachable: false }, 1],
      [{ type: "wifi", isConnected: true, isInternetReachable: true }, 2],
    ];
    for (const [state, want] of wants) {
      device.connectTo(state);
      assert.equal(times, want, JSON.stringify(state));
    }
  });

  describe("pushes", () => {
    const stateOf = (app: ExpoClub) => app.push?.state.getSnapshot().status;

    /** Notifies all members, and returns how many pushes went to one. */
    async function pushed(userId: string): Promise<number> {
      const witness = await signedIn(server, 7);
      await witness.notifications.registerDevice({ token: `witness-${Math.random()}`, platform: DevicePlatform.ANDROID });
      const [own, others] = [server.pushes(userId), server.pushes(userOf(witness))];
      await leader.notifications.broadcast({ title: "오늘 체육관 문이 늦게 열려요" });
      // Pushes go out in the order of users' devices, a few at once: when the witness has one, all are on their way or done.
      await until("the broadcast to be pushed", () => server.pushes(userOf(witness)) > others);
      return server.pushes(userId) - own;
    }

    test("come once the user has agreed, and end with the session", async () => {
      const device = new Device();
      const app = await startSignedIn(device, 3);
      const user = userOf(app.client);
      await until("nothing to be registered", () => stateOf(app) === "off");
      device.push.agrees = false;
      assert.equal(await app.push?.enable(), false);
      assert.equal(stateOf(app), "off");
      assert.equal(await pushed(user), 0);
      device.push.agrees = true;
      assert.equal(await app.push?.enable(), true);
      assert.equal(stateOf(app), "registered");
      assert.equal(await pushed(user), 1);
      const { token } = device.push;
      await app.signOut();
      assert.deepEqual(device.push.deleted, [token]);
      assert.equal(stateOf(app), "off");
      assert.equal(await pushed(user), 0);
    });

    test("follow the token when it is replaced, and the app over restarts", async () => {
      const device = new Device();
      device.push.permitted = true;
      const app = await startSignedIn(device, 4);
      const user = userOf(app.client);
      await until("the registration", () => stateOf(app) === "registered");
      const registered = () => server.calls("NotificationService/RegisterDevice");
      const before = registered();
      device.push.replaceToken();
      await until("the second registration", () => registered() === before + 1);
      device.moveTo("active");
      await app.close();
      const again = start(device);
      await until("the registration after the restart", () => stateOf(again) === "registered");
      await until("the call", () => registered() === before + 2);
      assert.ok((await pushed(user)) >= 1);
    });

    test("end by the push service if the server cannot be reached", async () => {
      const device = new Device();
      device.push.permitted = true;
      const app = await startSignedIn(device, 5);
      await until("the registration", () => stateOf(app) === "registered");
      const { token } = device.push;
      device.push.reachable = false;
      await app.signOut();
      assert.equal(stateOf(app), "failed");
      assert.deepEqual(device.push.deleted, []);
      await app.close();
      device.push.reachable = true;
      const again = start(device);
      await until("the token to be deleted", () => device.push.deleted.includes(token));
      await again.close();
    });

    test("say what they are about when they are tapped", () => {
      const device = new Device();
      const app = start(device);
      const targets: unknown[] = [];
      const end = app.push?.onOpened((target) => targets.push(target));
      const tap = (data: Record<string, string>) => device.push.opened.forEach((listener) => listener(data));
      tap({ id: "n1", seq: "12", kind: "chat_message", room_id: "r1", message_id: "m1" });
      tap({ id: "n2", kind: "broadcast" });
      end?.();
      tap({ game_id: "g1" });
      assert.deepEqual(targets, [{ seq: 12n, roomId: "r1", messageId: "m1" }, {}]);
    });
  });

  test("the badge is the number of unread notifications, and none after a sign-out", async () => {
    const badges: number[] = [];
    const app = start(new Device(), { setBadge: (count: number) => badges.push(count) });
    app.club.start();
    await server.signIn(app.client, member(7));
    await until("the list", () => app.club.notifications.getSnapshot().loaded);
    const unread = app.club.notifications.getSnapshot().unread;
    await until("the badge", () => badges.at(-1) === unread);
    await leader.notifications.broadcast({ title: "badge", body: "" });
    await until("another one", () => badges.at(-1) === unread + 1);
    await app.club.markNotificationsRead();
    await until("none", () => badges.at(-1) === 0);
    await leader.notifications.broadcast({ title: "badge", body: "" });
    await until("one", () => badges.at(-1) === 1);
    await app.signOut();
    await until("none after the sign-out", () => badges.at(-1) === 0);
  });

  describe("Firebase", () => {
    /** Firebase's module, whose users answer as given. */
    function firebase(os: "ios" | "android", version: number, { granted = 1, configured = true } = {}) {
      const asked: string[] = [];
      let status = 0;
      let opened: ((message: { data?: Record<string, string | object> }) => void) | undefined;
      const received: ((message: { data?: Record<string, string | object> }) => unknown)[] = [];
      const modules: FirebaseModules<string> = {
        messaging: {
          getMessaging: () => {
            if (!configured) {
              throw new Error("No Firebase App '[DEFAULT]' has been created");
            }
            return "app";
          },
          getToken: () => Promise.resolve("fcm"),
          deleteToken: () => Promise.resolve(),
          hasPermission: () => Promise.resolve(status),
          requestPermission: () => {
            asked.push("firebase");
            return Promise.resolve((status = granted));
          },
          onTokenRefresh: () => () => {},
          onNotificationOpenedApp: (_, listener) => {
            opened = listener;
            return () => (opened = undefined);
          },
          getInitialNotification: () => Promise.resolve({ data: { room_id: "first", fcm_options: {} } }),
          onMessage: (_, listener) => {
            received.push(listener);
            return () => {};
          },
          setBackgroundMessageHandler: (_, handler) => void received.push(handler),
        },
        permissions: {
          request: (permission) => {
            asked.push(permission);
            status = granted;
            return Promise.resolve("granted");
          },
        },
        platform: { OS: os, Version: version },
      };
      return { push: createFirebasePush(modules), modules, received, asked, open: (data: Record<string, string>) => opened?.({ data }) };
    }

    test("asks in each system's way", async () => {
      const ios = firebase("ios", 26, { granted: 2 });
      assert.equal(ios.push.platform, DevicePlatform.IOS);
      assert.equal(await ios.push.isPermitted(), false);
      assert.equal(await ios.push.requestPermission(), true);
      assert.deepEqual(ios.asked, ["firebase"]);
      const android = firebase("android", 35);
      assert.equal(android.push.platform, DevicePlatform.ANDROID);
      assert.equal(await android.push.requestPermission(), true);
      assert.deepEqual(android.asked, ["android.permission.POST_NOTIFICATIONS"]);
      const old = firebase("android", 31);
      await old.push.requestPermission();
      assert.deepEqual(old.asked, []);
      const refused = firebase("ios", 26, { granted: 0 });
      assert.equal(await refused.push.requestPermission(), false);
    });

    test("returns what the app was started with, and what is tapped later", async () => {
      const { push, open } = firebase("ios", 26);
      const seen: unknown[] = [];
      const end = push.onOpened((data) => seen.push(data));
      await until("the first", () => seen.length === 1);
      open({ game_id: "second" });
      end();
      open({ game_id: "third" });
      assert.deepEqual(seen, [{ room_id: "first" }, { game_id: "second" }]);
    });

    test("sets the badge in the foreground and in the background, by notifications and silently", async () => {
      const { modules, received } = firebase("android", 35);
      const badges: number[] = [];
      followBadge(modules, (count) => badges.push(count));
      assert.equal(received.length, 2);
      for (const receive of received) {
        await receive({ data: { id: "n1", kind: "comment", badge: "3", post_id: "p" } });
        await receive({ data: { kind: "badge", badge: "0" } });
        await receive({ data: { kind: "badge", badge: "many" } });
        await receive({});
      }
      assert.deepEqual(badges, [3, 0, 3, 0]);
      followBadge(firebase("android", 35, { configured: false }).modules, () => assert.fail("there is nothing to follow"));
    });

    test("that is not configured is a registration that failed, and no crash", async () => {
      const device = new Device();
      const app = start(device, { push: firebase("android", 35, { configured: false }).push });
      app.push?.onOpened(() => {})();
      await server.signIn(app.client, member(6));
      await until("the failure", () => app.push?.state.getSnapshot().status === "failed");
    });
  });
});
