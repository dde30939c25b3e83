import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createClient, createOutbox, memoryStorage } from "../src/index.js";
import type { Fetch, Outbox } from "../src/index.js";
import { exclusive } from "../src/locks.js";
import { openRoom, signedIn } from "./support/club.js";
import { Locks, seenBy } from "./support/locks.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

describe("tabs", () => {
  let server: Server;
  before(async () => (server = await Server.start()));
  after(() => server.stop());

  const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const withLocks = () => Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true });
  afterEach(() => {
    if (navigator === undefined) {
      delete (globalThis as { navigator?: unknown }).navigator;
    } else {
      Object.defineProperty(globalThis, "navigator", navigator);
    }
  });

  test("renew their tokens once", async () => {
    withLocks();
    const shared = memoryStorage();
    await signedIn(server, 0, { tokens: shared });
    const stored = JSON.parse(String(shared.getItem("dongbaejul.session"))) as object;
    shared.setItem("dongbaejul.session", JSON.stringify({ ...stored, renewAt: 0, expiresAt: 0 }));
    let refreshes = 0;
    const counting: Fetch = (url: string, init: RequestInit) => {
      refreshes += url.endsWith("/RefreshToken") ? 1 : 0;
      return fetch(url, init);
    };
    const tabs = Array.from({ length: 5 }, () => createClient({ baseUrl: server.url, tokens: seenBy(shared), fetch: counting }));
    await Promise.all(tabs.map((tab) => tab.users.getProfile({})));
    assert.equal(refreshes, 1);
  });

  test("send what a tab has left that was closed, and not what another is about to send", async () => {
    withLocks();
    const [tokens, shared] = [memoryStorage(), memoryStorage()];
    const leader = await signedIn(server, "leader");
    const room = await openRoom(leader);
    await signedIn(server, 1, { tokens });
    let offline = true;
    const away: Fetch = (url: string, init: RequestInit) =>
      offline && url.endsWith("/SendMessage") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    const tab = () =>
      createOutbox(createClient({ baseUrl: server.url, tokens, fetch: away }), { storage: seenBy(shared), minDelayMs: 2, maxDelayMs: 10 });
    const [one, two] = [tab(), tab()];
    await one.add({ kind: "send_message", roomId: room, content: "첫째 탭" }).stored;
    await two.add({ kind: "send_message", roomId: room, content: "둘째 탭" }).stored;
    const three = tab();
    await three.add({ kind: "send_message", roomId: room, content: "셋째 탭" }).stored;
    assert.deepEqual(
      [one, two, three].map((outbox) => outbox.getSnapshot().length),
      [1, 1, 1],
    );
    await one.close();
    three.flush();
    await until("the closed tab's to be taken over", () => three.getSnapshot().length === 2);
    offline = false;
    await until("all to be sent", () => [two, three].every((outbox) => outbox.getSnapshot().every((item) => item.state === "sent")));
    const { messages } = await leader.chat.listMessages({ roomId: room });
    assert.deepEqual(messages.map((m) => m.content).sort(), ["둘째 탭", "셋째 탭", "첫째 탭"]);
    await two.close();
    await three.close();
  });

  for (const how of ["with", "without"]) {
    test(`lose nothing that was reported stored, ${how} Web Locks`, async () => {
      if (how === "with") {
        withLocks();
      } else {
        Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
      }
      const [tokens, shared] = [memoryStorage(), memoryStorage()];
      await signedIn(server, 2, { tokens });
      const room = await openRoom(await signedIn(server, "leader"));
      let isOffline = true;
      const away: Fetch = (url: string, init: RequestInit) =>
        isOffline && url.endsWith("/SendMessage") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
      const tab = () =>
        createOutbox(createClient({ baseUrl: server.url, tokens, fetch: away }), { storage: { ...shared }, minDelayMs: 2, maxDelayMs: 10 });
      const want: string[] = [];
      const add = async (outbox: Outbox, content: string) => {
        await outbox.add({ kind: "send_message", roomId: room, content }).stored;
        want.push(content);
      };
      const tabs = [tab(), tab(), tab()];
      for (let round = 0; round < 10; round++) {
        await Promise.all(tabs.map((outbox, i) => add(outbox, `${how} ${round} ${i}`)));
      }
      assert.deepEqual(
        tabs.map((outbox) => outbox.getSnapshot().length),
        [10, 10, 10],
      );
      await Promise.all(tabs.map((outbox) => outbox.close()));
      isOffline = false;
      const last = tab();
      last.flush();
      await until("all to be sent", () => last.getSnapshot().filter((item) => item.state === "sent").length === want.length);
      const { messages } = await (await signedIn(server, "leader")).chat.listMessages({ roomId: room, limit: 100 });
      const got = messages.map((m) => m.content).filter((content) => content.startsWith(`${how} `));
      assert.deepEqual(got.sort(), want.sort());
      await last.close();
    });
  }

  test("send what was added where the browser denies them channels", async () => {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
    const channel = globalThis.BroadcastChannel;
    const setChannel = (value: unknown) => Object.defineProperty(globalThis, "BroadcastChannel", { value, configurable: true, writable: true });
    setChannel(
      class {
        constructor() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        }
      },
    );
    try {
      const tokens = memoryStorage();
      await signedIn(server, 1, { tokens });
      const room = await openRoom(await signedIn(server, "leader"));
      const outbox = createOutbox(createClient({ baseUrl: server.url, tokens }), { storage: memoryStorage() });
      const { item } = outbox.add({ kind: "send_message", roomId: room, content: "혼자 보낸 것" });
      assert.equal((await outbox.settled(item.id))?.state, "sent");
      await outbox.close();
    } finally {
      setChannel(channel);
    }
  });

  test("notice that another has taken their actions over, and send them no more", async () => {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
    const channel = globalThis.BroadcastChannel;
    const setChannel = (value: unknown) => Object.defineProperty(globalThis, "BroadcastChannel", { value, configurable: true, writable: true });
    // A frozen tab does not answer, as this one that has no channel.
    setChannel(undefined);
    try {
      const [tokens, shared] = [memoryStorage(), memoryStorage()];
      await signedIn(server, 1, { tokens });
      const calls: string[] = [];
      const room = await openRoom(await signedIn(server, "leader"));
      const isOffline = { one: true, two: true };
      const tab = (name: "one" | "two") => {
        const fetching: Fetch = (url: string, init: RequestInit) => {
          if (!url.endsWith("/SendMessage")) {
            return fetch(url, init);
          }
          if (isOffline[name]) {
            return Promise.reject(new TypeError("fetch failed"));
          }
          calls.push(name);
          return fetch(url, init);
        };
        const client = createClient({ baseUrl: server.url, tokens, fetch: fetching });
        return createOutbox(client, { storage: { ...shared }, minDelayMs: 60_000, maxDelayMs: 60_000 });
      };
      const one = tab("one");
      const { item, stored } = one.add({ kind: "send_message", roomId: room, content: "넘겨받은 것" });
      await stored;
      setChannel(channel);
      const settled = one.settled(item.id);
      const two = tab("two");
      two.flush();
      await until("it to be taken over", () => two.getSnapshot().length === 1);
      isOffline.one = false;
      // What is put in since is its own.
      const own = one.add({ kind: "mark_read", roomId: room, upTo: 1 });
      await own.stored;
      one.flush();
      assert.equal(await settled, undefined);
      assert.deepEqual(
        one.getSnapshot().map((i) => i.id),
        [own.item.id],
      );
      isOffline.two = false;
      two.flush();
      assert.equal((await two.settled(item.id))?.state, "sent");
      assert.deepEqual(calls, ["two"]);
      await one.close();
      await two.close();
    } finally {
      setChannel(channel);
    }
  });

  test("wait for one that does not let go no longer than they have patience", async () => {
    withLocks();
    const frozen = exclusive(memoryStorage(), "name", 1_000, () => new Promise<never>(() => {}));
    frozen.catch(() => undefined);
    assert.equal(await exclusive(memoryStorage(), "name", 20, async () => "its turn"), "its turn");
  });

  test("take turns within one program, in order, and over failures", async () => {
    const storage = memoryStorage();
    const order: string[] = [];
    const turn = (name: string, fails = false) =>
      exclusive(storage, "name", 1_000, async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} ends`);
        if (fails) {
          throw new Error(name);
        }
      });
    const turns = [turn("one"), turn("two", true), turn("three")];
    await assert.rejects(turns[1] ?? Promise.resolve(), /two/);
    await Promise.all([turns[0], turns[2]]);
    assert.deepEqual(order, ["one begins", "one ends", "two begins", "two ends", "three begins", "three ends"]);
  });
});
