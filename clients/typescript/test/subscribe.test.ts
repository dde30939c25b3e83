import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { GameStatus, memoryStorage, RoomType } from "../src/index.js";
import type { Client, Lifecycle } from "../src/index.js";
import { Chaos } from "./support/chaos.js";
import { listen, newGame, numbered, openRoom, quick, say, signedIn, userOf, wantAllOverCuts } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";
import { ways } from "./support/ways.js";

describe("a subscription", () => {
  let server: Server;
  let leader: Client;
  let room: string;

  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    room = await openRoom(leader);
  });
  after(async () => {
    const { openStreams } = await server.stop();
    assert.equal(openStreams, 0, "streams were left open on the server");
  });

  for (const way of ways) {
    test(`gets what happens by ${way.name}, over cuts`, async () => {
      const chaos = await Chaos.start(server.port);
      const { options, close } = way.open(chaos.url);
      const client = await signedIn(server, 0, options);
      const at = listen(client);
      await at.isOpen();
      await wantAllOverCuts(leader, room, chaos, at);
      await at.subscription.close();
      close();
      await chaos.close();
    });
  }

  test("begins with a hello and who is there, and then what happens from now on", async () => {
    await say(leader, room, "before");
    const client = await signedIn(server, 1);
    const at = listen(client);
    await at.isOpen();
    await say(leader, room, "after");
    await at.has(1);
    assert.deepEqual(at.contents(), ["after"]);
    assert.equal(at.events[0]?.payload.case, "hello");
    assert.ok(at.events.some((e) => e.payload.case === "presence"));
    await at.subscription.close();
    assert.deepEqual(at.states, ["connecting", "open", "closed"]);
  });

  test("goes on from stored cursors after a restart of the program", async () => {
    const cursors = memoryStorage();
    const client = await signedIn(server, 1);
    const first = listen(client, { cursors });
    await first.isOpen();
    await say(leader, room, "one");
    await first.has(1);
    await first.subscription.close();
    await say(leader, room, "two");
    const second = listen(client, { cursors });
    await second.has(1);
    await say(leader, room, "three");
    await second.has(2);
    assert.deepEqual([...first.contents(), ...second.contents()], ["one", "two", "three"]);
    await second.subscription.close();
  });

  test("waits for who gets the events, and moves its cursors only then", async () => {
    const saved: string[] = [];
    const cursors = { getItem: () => null, setItem: (_: string, text: string) => void saved.push(text), removeItem: () => {} };
    const client = await signedIn(server, 1);
    let release: (() => void) | undefined;
    const got: string[] = [];
    const at = listen(client, {
      cursors,
      onEvents: async (events) => {
        const contents = events.flatMap((e) => (e.payload.case === "message" ? [e.payload.value.content] : []));
        if (contents.length > 0) {
          await new Promise<void>((resolve) => (release = resolve));
          got.push(...contents);
        }
      },
    });
    await until("the first cursors", () => saved.length > 0);
    const { message } = await leader.chat.sendMessage({ roomId: room, tempId: "held", content: "held" });
    await until("the message to be held", () => release !== undefined);
    const before = saved.length;
    await delay(50);
    assert.equal(saved.length, before, "the cursors have moved");
    release?.();
    await until("the message", () => got.length === 1);
    await until("the cursors to move", () => saved[saved.length - 1]?.includes(`"${room}":"${message?.seq}"`) === true);
    await at.subscription.close();
  });

  test("goes on after a mistake of the program that gets the events, which is reported as any other", async () => {
    const tokens = memoryStorage();
    await signedIn(server, 1, { tokens });
    const session = JSON.stringify(tokens.getItem("dongbaejul.session"));
    const program = `
      import { createClient, memoryStorage, subscribe } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
      const tokens = memoryStorage();
      tokens.setItem("dongbaejul.session", ${session});
      const client = createClient({ baseUrl: ${JSON.stringify(server.url)}, tokens });
      let times = 0;
      process.on("uncaughtException", (error) => {
        console.log(error.message, subscription.state.getSnapshot().status);
        if (++times === 2) process.exit(7);
      });
      const subscription = subscribe(client, { onEvents() { throw new Error("a mistake"); } });
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 7, stderr);
    assert.deepEqual(stdout.trim().split("\n"), ["a mistake open", "a mistake open"]);
  });

  test("goes on where its cursors cannot be read or written", async () => {
    const broken = () => {
      throw new Error("the storage is broken");
    };
    const client = await signedIn(server, 1);
    const at = listen(client, { cursors: { getItem: broken, setItem: broken, removeItem: broken } });
    await at.isOpen();
    await say(leader, room, "one");
    await at.has(1);
    assert.equal(at.status().status, "open");
    await at.subscription.close();
  });

  test("is ended by a newer one of the same device, and stays so", async () => {
    const client = await signedIn(server, 1);
    const old = listen(client, { deviceId: "phone" });
    await old.isOpen();
    const newer = listen(client, { deviceId: "phone" });
    await newer.isOpen();
    await until("the old one to end", () => old.status().status === "closed");
    const state = old.status();
    assert.ok(state.status === "closed");
    assert.equal(state.fault?.reason, "STREAM_REPLACED");
    await newer.subscription.close();
  });

  test("ends when the user signs out", async () => {
    const client = await signedIn(server, 1);
    const at = listen(client);
    await at.isOpen();
    await client.session.signOut();
    await until("the end", () => at.status().status === "closed");
    const state = at.status();
    assert.equal(state.status === "closed" && state.fault?.kind, "unauthenticated");
  });

  test("does not begin without a session", async () => {
    const { createClient } = await import("../src/index.js");
    const at = listen(createClient({ baseUrl: server.url }));
    await until("the end", () => at.status().status === "closed");
    const state = at.status();
    assert.equal(state.status === "closed" && state.fault?.kind, "unauthenticated");
  });

  test("notices a connection that has died silently", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 1, { baseUrl: chaos.url });
    const at = listen(client);
    await at.isOpen();
    chaos.blackHole(true);
    await say(leader, room, "into the hole");
    // Two and a half heartbeats of a second.
    await until("it to notice", () => at.states.includes("waiting"), 10_000);
    chaos.blackHole(false);
    await at.has(1, 20_000);
    assert.deepEqual(at.contents(), ["into the hole"]);
    await at.subscription.close();
    await chaos.close();
  });

  test("comes back after the server was killed, and after it was shut down", async () => {
    const own = await Server.start();
    const boss = await signedIn(own, "leader");
    const id = await openRoom(boss);
    const client = await signedIn(own, 0);
    const at = listen(client);
    await at.isOpen();
    await say(boss, id, "one");
    await own.kill();
    await own.run();
    await say(boss, id, "two");
    await at.has(2);
    await own.shutdown();
    await until("it to wait", () => at.status().status === "waiting");
    const state = at.status();
    await own.run();
    await say(boss, id, "three");
    await at.has(3);
    assert.deepEqual(at.contents(), ["one", "two", "three"]);
    assert.ok(state.status === "waiting");
    await at.subscription.close();
    assert.deepEqual(await own.stop(), { openStreams: 0 });
  });

  test("waits as long as the server asks for when that shuts down", async () => {
    const own = await Server.start();
    const client = await signedIn(own, 0);
    const at = listen(client);
    await at.isOpen();
    const waits: number[] = [];
    at.subscription.state.subscribe(() => {
      const state = at.status();
      if (state.status === "waiting") {
        waits.push(state.retryAt - Date.now());
        assert.equal(state.fault.reason, "SERVER_SHUTDOWN");
      }
    });
    await own.shutdown();
    await until("it to wait", () => waits.length > 0);
    assert.ok((waits[0] ?? 0) > 900, `it waits ${waits[0]} ms, the server asks for a second at least`);
    await at.subscription.close();
    await own.stop();
  });

  test("waits as long as the server asks for, also in the foreground, with a new network and when asked to reconnect", async () => {
    const own = await Server.start();
    const shown: (() => void)[] = [];
    const online: (() => void)[] = [];
    const hidden: (() => void)[] = [];
    const on = (list: (() => void)[]) => (f: () => void) => (list.push(f), () => {});
    const lifecycle = { onForeground: on(shown), onBackground: on(hidden), onOnline: on(online), backgroundMs: 0 };
    const client = await signedIn(own, 0, { lifecycle });
    const at = listen(client);
    await at.isOpen();
    await own.shutdown();
    await until("it to wait", () => at.status().status === "waiting");
    const state = at.status();
    const askedUntil = state.status === "waiting" ? state.retryAt : Infinity;
    let triedAt = 0;
    at.subscription.state.subscribe(() => {
      if (at.status().status === "connecting") {
        triedAt ||= Date.now();
      }
    });
    at.subscription.reconnect();
    [...online, ...shown].forEach((f) => f());
    hidden.forEach((f) => f());
    await until("it to pause", () => at.status().status === "paused");
    shown.forEach((f) => f());
    await until("it to wait again", () => at.status().status === "waiting" || triedAt > 0);
    at.subscription.reconnect();
    await until("it to try again", () => triedAt > 0);
    // The delay of its own, which may be cut short, is 20 ms at most.
    assert.ok(triedAt >= askedUntil - 30, `it tried ${askedUntil - triedAt} ms before the server asked for`);
    await at.subscription.close();
    await own.stop();
  });

  test("outlives the access token, many times over", async () => {
    const own = await Server.start({ JWT_EXPIRES_IN: "2s" });
    const boss = await signedIn(own, "leader");
    const id = await openRoom(boss);
    const client = await signedIn(own, 0);
    const token = await client.session.accessToken();
    const at = listen(client);
    await at.isOpen();
    const want = numbered(14);
    for (const content of want) {
      await say(boss, id, content);
      await delay(400);
    }
    await at.has(want.length);
    assert.deepEqual(at.contents(), want);
    assert.notEqual(await client.session.accessToken(), token);
    await at.subscription.close();
    assert.deepEqual(await own.stop(), { openStreams: 0 });
  });

  test("tells of a room that the user came into while there was no stream", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 2, { baseUrl: chaos.url });
    const at = listen(client);
    await at.isOpen();
    chaos.blackHole(true);
    chaos.cut();
    const { room: group } = await leader.chat.createRoom({ name: "모임", type: RoomType.GROUP, participants: [userOf(client)] });
    chaos.blackHole(false);
    chaos.cut();
    const resynced = () => at.events.some((e) => e.payload.case === "resyncRequired" && e.payload.value.roomId === group?.id);
    await until("the resync of the room", resynced);
    await say(leader, group?.id ?? "", "여기");
    await at.has(1);
    await at.subscription.close();
    await chaos.close();
  });

  test("asks to load again what a cursor of other data is about", async () => {
    const client = await signedIn(server, 1);
    const cursors = memoryStorage();
    cursors.setItem(`dongbaejul.cursors.${userOf(client)}`, JSON.stringify({ rooms: { [room]: "99999", gone: "3" }, notifications: "77777" }));
    const at = listen(client, { cursors });
    await at.isOpen();
    await say(leader, room, "from here");
    await at.has(1);
    const resyncs = at.events.flatMap((e) => (e.payload.case === "resyncRequired" ? [e.payload.value.roomId] : []));
    assert.deepEqual(resyncs.sort(), ["", room, "gone"].sort());
    assert.deepEqual(at.contents(), ["from here"]);
    await at.subscription.close();
  });

  test("tells how a game has ended that ended while there was no stream", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 1, { baseUrl: chaos.url });
    const gameId = await newGame(leader);
    const at = listen(client);
    const statuses = () =>
      at.events.flatMap((e) =>
        e.payload.case === "gameSnapshot" && e.payload.value.game?.id === gameId ? [e.payload.value.game.status] : [],
      );
    await until("the game", () => statuses().length === 1);
    chaos.blackHole(true);
    chaos.cut();
    await leader.games.cancelGame({ gameId });
    chaos.blackHole(false);
    chaos.cut();
    await until("the end of the game", () => statuses().length === 2);
    assert.deepEqual(statuses(), [GameStatus.SCHEDULED, GameStatus.CANCELLED]);
    await at.subscription.close();
    await chaos.close();
  });

  describe("in the background", () => {
    function lifecycle() {
      const listeners = { foreground: () => {}, background: () => {}, online: () => {} };
      const on = (name: keyof typeof listeners) => (f: () => void) => {
        listeners[name] = f;
        return () => (listeners[name] = () => {});
      };
      const given: Lifecycle = { onForeground: on("foreground"), onBackground: on("background"), onOnline: on("online") };
      return { listeners, lifecycle: given };
    }

    test("it lets the connection go after a while, and catches up when it is shown", async () => {
      const { listeners, lifecycle: given } = lifecycle();
      const client = await signedIn(server, 1, { lifecycle: given });
      const at = listen(client, { timing: { ...quick, backgroundMs: 20 } });
      await at.isOpen();
      listeners.background();
      await until("it to pause", () => at.status().status === "paused");
      await say(leader, room, "unseen");
      await delay(50);
      assert.deepEqual(at.contents(), []);
      listeners.foreground();
      await at.has(1);
      assert.deepEqual(at.contents(), ["unseen"]);
      // Shown again before the while is over, it has not let go.
      const opened = at.states.length;
      listeners.background();
      listeners.foreground();
      await delay(60);
      assert.equal(at.states.length, opened);
      await at.subscription.close();
    });

    test("it lets the connection go at once where the lifecycle says so", async () => {
      const { listeners, lifecycle: given } = lifecycle();
      const client = await signedIn(server, 1, { lifecycle: { ...given, backgroundMs: 0 } });
      const at = listen(client);
      await at.isOpen();
      listeners.background();
      await until("it to pause", () => at.status().status === "paused", 1_000);
      await at.subscription.close();
    });

    test("an attempt that is under way goes on when it is shown", async () => {
      const { listeners, lifecycle: given } = lifecycle();
      let attempts = 0;
      let letGo = () => {};
      const held = new Promise<void>((resolve) => (letGo = resolve));
      const client = await signedIn(server, 1, {
        lifecycle: given,
        fetch: async (url: string, init: RequestInit) => {
          if (url.endsWith("/Subscribe")) {
            attempts++;
            await held;
          }
          return fetch(url, init);
        },
      });
      const at = listen(client);
      await until("it to try", () => attempts === 1);
      listeners.foreground();
      await delay(50);
      letGo();
      await at.isOpen();
      assert.equal(attempts, 1);
      await at.subscription.close();
    });

    test("it comes back at once when the device is online again", async () => {
      const { listeners, lifecycle: given } = lifecycle();
      const chaos = await Chaos.start(server.port);
      const client = await signedIn(server, 1, { baseUrl: chaos.url, lifecycle: given });
      const at = listen(client, { timing: { ...quick, minDelayMs: 60_000, maxDelayMs: 60_000 } });
      await at.isOpen();
      await say(leader, room, "one");
      await at.has(1);
      await chaos.close();
      await until("it to wait", () => at.status().status === "waiting");
      listeners.online();
      await until("it to try", () => at.states.filter((s) => s === "connecting").length >= 1);
      await at.subscription.close();
    });
  });
});
