import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, DevicePlatform, memoryStorage, UserStatus } from "../src/index.js";
import type { Client, Fetch, KeyValueStorage, Lifecycle } from "../src/index.js";
import { signedIn, userOf } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

/** A fetch that counts the refreshes that go by, and loses the answers to the first ones. */
function counting(lose = 0) {
  const count = { refreshes: 0, fetch: undefined as unknown as Fetch };
  count.fetch = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    if (url.endsWith("/RefreshToken") && ++count.refreshes <= lose) {
      throw new TypeError("the answer was lost");
    }
    return response;
  };
  return count;
}

/** Makes the stored access token one that the server refuses, or that is known to be over. */
function spoil(tokens: KeyValueStorage, how: "refused" | "over"): void {
  const stored = JSON.parse(String(tokens.getItem("dongbaejul.session"))) as Record<string, unknown>;
  const spoilt = how === "refused" ? { accessToken: `${String(stored["accessToken"])}x` } : { renewAt: 0, expiresAt: 0 };
  tokens.setItem("dongbaejul.session", JSON.stringify({ ...stored, ...spoilt }));
}

/** Tokens that take their time, as a telephone's safe does. */
function slow(inner: KeyValueStorage): KeyValueStorage {
  const pause = () => delay(Math.random() * 5);
  return {
    getItem: (key) => pause().then(() => inner.getItem(key)),
    setItem: (key, value) => pause().then(() => inner.setItem(key, value)),
    removeItem: (key) => pause().then(() => inner.removeItem(key)),
  };
}

describe("a session", () => {
  let server: Server;
  before(async () => (server = await Server.start()));
  after(() => server.stop());

  const authorize = async (client: Client, n = 0) => {
    const { authUrl, state } = await client.session.startSignIn("dongbaejul://auth");
    const members = (await server.members()).filter((m) => m.role === "member");
    const consent = await fetch(`${authUrl}&user_key=${members[n]?.user_key}`, { redirect: "manual" });
    return { url: consent.headers.get("Location") ?? "", state };
  };

  test("begins with Band's answer, and is there after a restart", async () => {
    const tokens = slow(memoryStorage());
    const client = createClient({ baseUrl: server.url, tokens });
    assert.equal(client.session.state.getSnapshot().status, "unknown");
    assert.deepEqual(await client.session.ready(), { status: "signed_out" });
    const { url } = await authorize(client);
    const { user, permissions } = await client.session.completeSignIn(url);
    assert.ok(user.displayName !== "");
    const state = client.session.state.getSnapshot();
    assert.deepEqual(state, { status: "signed_in", userId: user.id, permissions });
    const restarted = createClient({ baseUrl: server.url, tokens });
    assert.equal((await restarted.users.getProfile({})).user?.id, user.id);
    assert.deepEqual(restarted.session.state.getSnapshot(), state);
  });

  test("is completed once by an answer that is given twice, and by a page that was left for Band", async () => {
    const tokens = memoryStorage();
    const { url } = await authorize(createClient({ baseUrl: server.url, tokens }));
    const client = createClient({ baseUrl: server.url, tokens });
    const [one, two] = await Promise.all([client.session.completeSignIn(url), client.session.completeSignIn(url)]);
    assert.equal(one, two);
  });

  test("takes the code alone, and compares a state that is given", async () => {
    const client = createClient({ baseUrl: server.url });
    const { url, state } = await authorize(client);
    const code = new URL(url).searchParams.get("code") ?? "";
    await assert.rejects(client.session.completeSignIn({ code, state: "another" }), (e) => client.fault(e).reason === "STATE_INVALID");
    await client.session.completeSignIn({ code, state });
    assert.equal(client.session.state.getSnapshot().status, "signed_in");
  });

  test("tells what is wrong with an answer", async () => {
    const client = createClient({ baseUrl: server.url, language: "en" });
    const reason = async (answer: string) => {
      const fault = client.fault(await client.session.completeSignIn(answer).catch((e: unknown) => e));
      return [fault.kind, fault.reason];
    };
    assert.deepEqual(await reason("dongbaejul://auth?code=abc"), ["invalid", "STATE_INVALID"]);
    await client.session.startSignIn("dongbaejul://auth");
    assert.deepEqual(await reason("dongbaejul://auth?error=access_denied&error_description=no"), ["denied", "SIGN_IN_REFUSED"]);
    assert.deepEqual(await reason("dongbaejul://auth"), ["invalid", "CODE_INVALID"]);
    assert.deepEqual(await reason("dongbaejul://auth?code=made%20up#x"), ["invalid", "CODE_INVALID"]);
    await assert.rejects(client.session.startSignIn("https://evil.example"), (e) => client.fault(e).reason === "REDIRECT_URI_NOT_ALLOWED");
  });

  for (const how of ["refused", "over"] as const) {
    test(`renews a token that is ${how} once for twenty calls`, async () => {
      const tokens = memoryStorage();
      await signedIn(server, 0, { tokens });
      spoil(tokens, how);
      const count = counting();
      const client = createClient({ baseUrl: server.url, tokens: slow(tokens), fetch: count.fetch });
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.users.getProfile({})));
      assert.equal(new Set(answers.map((a) => a.user?.id)).size, 1);
      assert.equal(count.refreshes, 1);
    });
  }

  test("renews a token once for two programs on one storage", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    spoil(tokens, "refused");
    const count = counting();
    const tabs = Array.from({ length: 4 }, () => createClient({ baseUrl: server.url, tokens, fetch: count.fetch }));
    await Promise.all(tabs.flatMap((tab) => [tab.users.getProfile({}), tab.chat.listRooms({})]));
    assert.equal(count.refreshes, 1);
  });

  for (const how of ["refused", "over"] as const) {
    test(`sends no call of one user by the token of another, where the first one's is ${how}`, async () => {
      const tokens = memoryStorage();
      await signedIn(server, 0, { tokens });
      spoil(tokens, how);
      const client = createClient({ baseUrl: server.url, tokens });
      await client.session.ready();
      const other = await signedIn(server, 1, { tokens });
      await assert.rejects(client.users.getProfile({}), (e) => client.fault(e).kind === "unauthenticated");
      assert.equal(userOf(client), userOf(other));
      assert.equal((await client.users.getProfile({})).user?.id, userOf(other));
    });
  }

  test("outlives a refresh whose answer is lost", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    spoil(tokens, "over");
    const count = counting(2);
    const client = createClient({ baseUrl: server.url, tokens, fetch: count.fetch });
    await client.users.getProfile({});
    assert.equal(count.refreshes, 3);
    // The token in force is the one that was given last: it works once more.
    spoil(tokens, "over");
    await createClient({ baseUrl: server.url, tokens }).users.getProfile({});
  });

  test("is kept while the server is away", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    spoil(tokens, "over");
    let away = true;
    const client = createClient({
      baseUrl: server.url,
      tokens,
      fetch: (url: string, init: RequestInit) => (away ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init)),
    });
    await assert.rejects(client.users.getProfile({}), (e) => client.fault(e).kind === "offline");
    assert.equal(client.session.state.getSnapshot().status, "signed_in");
    away = false;
    await client.users.getProfile({});
  });

  test("is over, and says why, when the server has ended it", async () => {
    const tokens = memoryStorage();
    const client = await signedIn(server, 3, { tokens });
    const other = await signedIn(server, 3);
    const { sessions } = await other.auth.listSessions({});
    await Promise.all(sessions.filter((s) => !s.current).map((s) => other.auth.revokeSession({ sessionId: s.id })));
    await assert.rejects(client.users.getProfile({}), (e) => client.fault(e).reason === "SESSION_ENDED");
    const state = client.session.state.getSnapshot();
    assert.equal(state.status === "signed_out" && state.fault?.reason, "SESSION_ENDED");
    assert.equal(tokens.getItem("dongbaejul.session"), null);
  });

  test("is over for who is suspended", async () => {
    const leader = await signedIn(server, "leader");
    const client = await signedIn(server, 4);
    await leader.users.updateMember({ memberId: userOf(client), status: UserStatus.SUSPENDED });
    await until("the server to know", async () => (await client.users.getProfile({}).catch(() => "refused")) === "refused");
    const state = client.session.state.getSnapshot();
    assert.equal(state.status === "signed_out" && state.fault?.reason, "USER_SUSPENDED");
  });

  test("that is ended here is ended on the server, and for other tabs", async () => {
    const tokens = memoryStorage();
    const client = await signedIn(server, 0, { tokens });
    const tab = createClient({ baseUrl: server.url, tokens });
    await tab.users.getProfile({});
    const token = await client.session.accessToken();
    await client.session.signOut();
    assert.deepEqual(client.session.state.getSnapshot(), { status: "signed_out" });
    const answer = await fetch(`${server.url}/api/v1/auth/verify`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 401);
    await assert.rejects(tab.users.getProfile({}), (e) => tab.fault(e).kind === "unauthenticated");
    assert.equal(tab.session.state.getSnapshot().status, "signed_out");
    assert.equal(await client.session.accessToken(), undefined);
  });

  test("that begins while the one before is being renewed is not overwritten by it", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    spoil(tokens, "over");
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const client = createClient({
      baseUrl: server.url,
      tokens,
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        if (url.endsWith("/RefreshToken")) {
          await held;
        }
        return response;
      },
    });
    const call = client.users.getProfile({}).catch(() => undefined);
    const { url } = await authorize(client, 1);
    const { user } = await client.session.completeSignIn(url);
    letGo();
    await call;
    assert.equal((await client.users.getProfile({})).user?.id, user.id);
  });

  test("that cannot be read from its storage is none", async () => {
    for (const text of ["", "{", "null", "{}", '{"accessToken": 3}']) {
      const tokens = memoryStorage();
      tokens.setItem("dongbaejul.session", text);
      assert.deepEqual(await createClient({ baseUrl: server.url, tokens }).session.ready(), { status: "signed_out" });
    }
  });

  /** A fetch that sends some of the calls that have a token, counted from 1, with one that the server refuses. */
  const refusing = (...which: readonly number[]): Fetch => {
    let signed = 0;
    return async (url: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      if (headers.has("Authorization") && which.includes(++signed)) {
        headers.set("Authorization", "Bearer made-up");
      }
      return fetch(url, { ...init, headers });
    };
  };

  /** Storage whose calls fail as long as `fails` says so. */
  const failing = (inner: KeyValueStorage) => {
    const storage = { inner, fails: { getItem: false, setItem: false, removeItem: false } };
    const over = <K extends keyof KeyValueStorage>(name: K) =>
      ((...args: [string, string]) => {
        if (storage.fails[name]) {
          throw new Error("the keychain is locked");
        }
        return inner[name](...args);
      }) as KeyValueStorage[K];
    return { ...storage, getItem: over("getItem"), setItem: over("setItem"), removeItem: over("removeItem") };
  };

  test("goes on where tokens cannot be written, and writes them when they can", async () => {
    const tokens = failing(memoryStorage());
    await signedIn(server, 0, { tokens });
    const before = tokens.getItem("dongbaejul.session");
    tokens.fails.setItem = true;
    const client = createClient({ baseUrl: server.url, tokens, fetch: refusing(1, 3) });
    await client.users.getProfile({});
    assert.equal(tokens.getItem("dongbaejul.session"), before);
    await client.users.getProfile({});
    tokens.fails.setItem = false;
    assert.equal(client.session.state.getSnapshot().status, "signed_in");
    await until("the tokens to be written", () => tokens.getItem("dongbaejul.session") !== before);
    await createClient({ baseUrl: server.url, tokens, fetch: refusing(1) }).users.getProfile({});
  });

  for (const status of [401, 403]) {
    test(`is kept where a proxy answers ${status}`, async () => {
      const tokens = memoryStorage();
      await signedIn(server, 0, { tokens });
      spoil(tokens, "over");
      let captive = true;
      const client = createClient({
        baseUrl: server.url,
        tokens,
        fetch: async (url: string, init: RequestInit) => (captive ? new Response("<p>Sign in to the Wi-Fi</p>", { status }) : fetch(url, init)),
      });
      await assert.rejects(client.users.getProfile({}));
      assert.equal(client.session.state.getSnapshot().status, "signed_in");
      captive = false;
      await client.users.getProfile({});
    });
  }

  test("is there as soon as a storage that was locked can be read", async () => {
    for (const how of ["by itself", "in the foreground"]) {
      const tokens = failing(memoryStorage());
      await signedIn(server, 0, { tokens });
      tokens.fails.getItem = true;
      let shown = () => {};
      const lifecycle = { onForeground: (f: () => void) => ((shown = f), () => {}), onBackground: () => () => {}, onOnline: () => () => {} };
      const client = createClient({ baseUrl: server.url, tokens, lifecycle });
      await assert.rejects(client.session.ready());
      assert.equal(client.session.state.getSnapshot().status, "unknown");
      tokens.fails.getItem = false;
      if (how === "in the foreground") {
        shown();
        await delay(0);
        assert.equal(client.session.state.getSnapshot().status, "signed_in");
      }
      await until("the session", () => client.session.state.getSnapshot().status === "signed_in");
    }
  });

  test("that is ended without a network is over at once, also after a restart", async () => {
    const tokens = failing(memoryStorage());
    await signedIn(server, 0, { tokens });
    spoil(tokens, "over");
    tokens.fails.removeItem = true;
    const client = createClient({ baseUrl: server.url, tokens, fetch: () => new Promise<Response>(() => {}) });
    await client.session.ready();
    void client.session.signOut();
    await delay(0);
    assert.deepEqual(client.session.state.getSnapshot(), { status: "signed_out" });
    tokens.fails.removeItem = false;
    await until("the tokens to be removed", () => tokens.getItem("dongbaejul.session") === null);
    assert.deepEqual(await createClient({ baseUrl: server.url, tokens }).session.ready(), { status: "signed_out" });
  });

  /** What tells of other tabs, and what calls its listeners. */
  const tabs = () => {
    const listeners = new Set<() => void>();
    const on = (f: () => void) => {
      listeners.add(f);
      return () => listeners.delete(f);
    };
    const lifecycle: Lifecycle = { onForeground: on, onBackground: () => () => {}, onOnline: () => () => {}, onStorage: on };
    return { lifecycle, listeners, changed: () => listeners.forEach((f) => f()) };
  };
  const refused = async (token: string | undefined) =>
    (await fetch(`${server.url}/api/v1/auth/verify`, { headers: { Authorization: `Bearer ${token}` } })).status === 401;

  test("that is ended without a network ends on the server when there is one, also after a restart, and is pushed to no more", async () => {
    const own = await Server.start();
    const leader = await signedIn(own, "leader");
    const tokens = memoryStorage();
    let isOffline = false;
    const away: Fetch = (url: string, init: RequestInit) => (isOffline ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init));
    const client = await signedIn(own, 0, { tokens, fetch: away });
    const me = userOf(client);
    await client.notifications.registerDevice({ token: "a-device", platform: DevicePlatform.ANDROID });
    await leader.notifications.broadcast({ title: "하나", body: "하나" });
    await until("the push", () => own.pushes(me) === 1);
    isOffline = true;
    const began = Date.now();
    await client.session.signOut();
    assert.ok(Date.now() - began < 5_000);
    assert.equal(tokens.getItem("dongbaejul.session"), null);
    const restarted = createClient({ baseUrl: own.url, tokens });
    assert.deepEqual(await restarted.session.ready(), { status: "signed_out" });
    await until("the call of Logout", () => own.calls("AuthService/Logout") === 1);
    await leader.notifications.broadcast({ title: "둘", body: "둘" });
    const other = await signedIn(own, 1);
    await other.notifications.registerDevice({ token: "another-device", platform: DevicePlatform.IOS });
    await leader.notifications.broadcast({ title: "셋", body: "셋" });
    await until("the push to another", () => own.pushes(userOf(other)) === 1);
    assert.equal(own.pushes(me), 1);
    await until("nothing to be left", () => tokens.getItem("dongbaejul.signed-out") === null);
    isOffline = false;
    await own.stop();
  });

  test("that is ended while the storage is locked stays ended when it is not", async () => {
    const tokens = failing(memoryStorage());
    const token = await (await signedIn(server, 0, { tokens })).session.accessToken();
    tokens.fails.getItem = true;
    const client = createClient({ baseUrl: server.url, tokens });
    await assert.rejects(client.session.ready());
    await client.session.signOut();
    assert.deepEqual(client.session.state.getSnapshot(), { status: "signed_out" });
    tokens.fails.getItem = false;
    await until("the tokens to be removed", () => tokens.getItem("dongbaejul.session") === null);
    assert.deepEqual(await client.session.ready(), { status: "signed_out" });
    await until("the token to be refused", () => refused(token));
  });

  test("that begins in another tab outlives the end of the one before, which is written late", async () => {
    const inner = memoryStorage();
    const tokens = failing(inner);
    const client = await signedIn(server, 0, { tokens });
    tokens.fails.removeItem = true;
    await client.session.signOut();
    assert.notEqual(inner.getItem("dongbaejul.session"), null);
    const tab = await signedIn(server, 0, { tokens: inner });
    tokens.fails.removeItem = false;
    await until("the tab to follow", () => userOf(client) === userOf(tab));
    assert.equal((await createClient({ baseUrl: server.url, tokens: inner }).session.ready()).status, "signed_in");
  });

  test("is not lost to a tab that cannot read, or write, what others have", async () => {
    for (const fails of ["getItem", "setItem"] as const) {
      const inner = memoryStorage();
      const storage = failing(inner);
      await signedIn(server, 0, { tokens: inner });
      const { lifecycle } = tabs();
      const one = createClient({ baseUrl: server.url, tokens: storage, lifecycle, fetch: refusing(1, 3, 5, 7) });
      await one.session.ready();
      storage.fails[fails] = true;
      const two = createClient({ baseUrl: server.url, tokens: inner, fetch: refusing(1, 3) });
      if (fails === "getItem") {
        await two.users.getProfile({});
        await two.users.getProfile({});
      } else {
        await two.session.ready();
        await one.users.getProfile({});
      }
      const fault = one.fault(await one.users.getProfile({}).catch((e: unknown) => e));
      assert.equal(fault.kind, "unavailable");
      if (fails === "setItem") {
        await two.users.getProfile({});
      }
      storage.fails[fails] = false;
      assert.equal((await one.users.getProfile({})).user?.id, userOf(two));
      assert.equal((await two.users.getProfile({})).user?.id, userOf(one));
    }
  });

  test("is followed in another tab though the storage cannot be read just then", async () => {
    const inner = memoryStorage();
    const tokens = failing(inner);
    const { lifecycle, changed } = tabs();
    const client = createClient({ baseUrl: server.url, tokens, lifecycle });
    await client.session.ready();
    const other = await signedIn(server, 0, { tokens: inner });
    tokens.fails.getItem = true;
    changed();
    await delay(0);
    tokens.fails.getItem = false;
    await until("it to follow", () => userOf(client) === userOf(other));
  });

  test("is not ended by the refusal of one before it", async () => {
    const leader = await signedIn(server, "leader");
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let holds = false;
    const client = await signedIn(server, 5, {
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        if (holds && url.endsWith("/GetProfile")) {
          await held;
        }
        return response;
      },
    });
    const suspended = userOf(client);
    await leader.users.updateMember({ memberId: suspended, status: UserStatus.SUSPENDED });
    holds = true;
    const call = client.users.getProfile({}).catch((e: unknown) => client.fault(e).reason);
    await delay(50);
    const members = (await server.members()).filter((m) => m.role === "member");
    await server.signIn(client, members[1]);
    letGo();
    assert.equal(await call, "USER_SUSPENDED");
    assert.notEqual(userOf(client), suspended);
    assert.notEqual(userOf(client), "");
    await client.users.getProfile({});
  });

  test("is not watched by a client that is never used", async () => {
    const { lifecycle, listeners } = tabs();
    const client = createClient({ baseUrl: server.url, lifecycle });
    assert.equal(listeners.size, 0);
    await client.session.ready();
    assert.ok(listeners.size > 0);
  });

  test("that has expired is ended on the server too", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 0, { tokens });
    const { accessToken } = JSON.parse(String(tokens.getItem("dongbaejul.session"))) as { accessToken: string };
    spoil(tokens, "over");
    await createClient({ baseUrl: server.url, tokens }).session.signOut();
    const answer = await fetch(`${server.url}/api/v1/auth/verify`, { headers: { Authorization: `Bearer ${accessToken}` } });
    assert.equal(answer.status, 401);
  });

  test("follows another tab at once", async () => {
    const tokens = memoryStorage();
    const changed = new Set<() => void>();
    const lifecycle = {
      onForeground: () => () => {},
      onBackground: () => () => {},
      onOnline: () => () => {},
      onStorage: (f: () => void) => (changed.add(f), () => {}),
    };
    const tab = createClient({ baseUrl: server.url, tokens, lifecycle });
    const status = async () => {
      changed.forEach((f) => f());
      await delay(0);
      return tab.session.state.getSnapshot();
    };
    await tab.session.ready();
    const other = await signedIn(server, 0, { tokens });
    const state = await status();
    assert.equal(state.status === "signed_in" && state.userId, userOf(other));
    const third = await signedIn(server, 1, { tokens });
    assert.equal(userOf(tab), userOf(other));
    await status();
    assert.equal(userOf(tab), userOf(third));
    await third.session.signOut();
    assert.equal((await status()).status, "signed_out");
  });
});
