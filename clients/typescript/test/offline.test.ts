import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, createClub, createOutbox, GameStatus, memoryStorage, RoomType } from "../src/index.js";
import type { Client, Club, KeyValueStorage, Loading, Message, Readable } from "../src/index.js";
import { createOfflineCache } from "../src/offline/index.js";
import type { OfflineCacheOptions } from "../src/offline/index.js";
import { Chaos } from "./support/chaos.js";
import { newGame, numbered, openRoom, quick, say, signedIn, userOf } from "./support/club.js";
import { freePort, Server } from "./support/server.js";
import { until } from "./support/wait.js";

/** A storage that can be looked at, and that can be slow, full or broken. */
class Disk implements KeyValueStorage {
  readonly items = new Map<string, string>();
  writes: string[] = [];
  delayMs = 0;
  /** How many bytes it takes. */
  quota = Infinity;
  /** Which operations fail. */
  broken: readonly ("get" | "set" | "remove")[] = [];
  failures = 0;
  /** The most bytes that were stored at a time. */
  peak = 0;

  async getItem(key: string) {
    await this.step("get");
    return this.items.get(key) ?? null;
  }
  async setItem(key: string, value: string) {
    await this.step("set");
    const others = this.bytes - sizeOf(key, this.items.get(key));
    if (others + sizeOf(key, value) > this.quota) {
      this.failures++;
      throw new Error("QuotaExceededError");
    }
    this.items.set(key, value);
    this.writes.push(key);
    this.peak = Math.max(this.peak, this.bytes);
  }
  async removeItem(key: string) {
    await this.step("remove");
    this.items.delete(key);
  }
  get bytes(): number {
    return [...this.items].reduce((sum, [key, value]) => sum + sizeOf(key, value), 0);
  }
  private async step(name: "get" | "set" | "remove") {
    await delay(this.delayMs);
    if (this.broken.includes(name)) {
      this.failures++;
      throw new Error("the storage fails");
    }
  }
}

function sizeOf(key: string, value: string | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(value);
}

describe("a club with a cache", () => {
  let server: Server;
  let leader: Client;
  let nowhere: string;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    nowhere = `http://127.0.0.1:${await freePort()}`;
  });
  const clubs = new Set<Club>();
  const closing = new Set<{ close(): Promise<void> }>();
  const stop = async () => {
    await Promise.all([...clubs].map((club) => club.stop()));
    await Promise.all([...closing].map((part) => part.close()));
    clubs.clear();
    closing.clear();
  };
  afterEach(stop);
  after(async () => {
    const { openStreams } = await server.stop();
    assert.equal(openStreams, 0, "streams were left open on the server");
  });

  /** Shows the club as the program does that these storages are of. */
  const show = (
    tokens: KeyValueStorage,
    storage: KeyValueStorage,
    baseUrl = server.url,
    more: Partial<OfflineCacheOptions> = {},
    unsent: KeyValueStorage = memoryStorage(),
  ) => {
    const client = createClient({ baseUrl, tokens });
    const cache = createOfflineCache(client, { storage, delayMs: 20, ...more });
    const outbox = createOutbox(client, { storage: unsent });
    const club = createClub(client, { cache, outbox, subscribe: { timing: quick } });
    clubs.add(club);
    closing.add(cache).add(outbox);
    club.start();
    return { client, club, cache };
  };
  const isFresh = (list: Readable<Loading>) => list.getSnapshot().loaded && !list.getSnapshot().fromCache;
  const online = (club: Club) =>
    until("the server's state", () => [club.rooms, club.games, club.notifications, club.profile].every(isFresh));
  const contents = (club: Club, room: string) =>
    club
      .messages(room)
      .getSnapshot()
      .messages.map((m) => m.message.content);
  /** Signs in a member, and returns where the tokens are kept. */
  const tokensOf = async (n: number) => {
    const tokens = memoryStorage();
    await signedIn(server, n, { tokens });
    return tokens;
  };
  /** What of the club is shown, for comparison. */
  const shown = (club: Club, room: string) => ({
    me: club.me.getSnapshot()?.displayName,
    permissions: club.permissions.getSnapshot(),
    rooms: club.rooms
      .getSnapshot()
      .rooms.map(({ id, title, unread, room: { participants } }) => ({ id, title, unread, people: participants.length })),
    unread: club.rooms.getSnapshot().unread,
    messages: club
      .messages(room)
      .getSnapshot()
      .messages.map(({ key, message, mine, unreadBy }) => ({ key, seq: message.seq, content: message.content, mine, unreadBy })),
    hasOlder: club.messages(room).getSnapshot().hasOlder,
    games: club.games
      .getSnapshot()
      .games.map(({ id, shown }) => ({ id, version: shown.version, status: shown.status, people: shown.participants.length })),
    notifications: club.notifications.getSnapshot().notifications.map(({ seq, title }) => ({ seq, title })),
    unreadNotifications: club.notifications.getSnapshot().unread,
    members: club.members.getSnapshot().members.map((m) => m.displayName),
  });

  test("is shown without a network as it was last", async () => {
    const [tokens, disk] = [await tokensOf(0), new Disk()];
    const room = await openRoom(leader, "체육관");
    const quiet = await openRoom(leader, "열지 않은 방");
    const game = await newGame(leader);
    await say(leader, quiet, "아무도 안 읽음");
    const first = show(tokens, disk);
    await online(first.club);
    first.club.openRoom(room);
    await first.club.loadMembers();
    await until("the room", () => isFresh(first.club.messages(room)));
    for (const content of numbered(60)) {
      await say(leader, room, content);
    }
    await first.client.games.joinGame({ gameId: game });
    await until("all of it", () => contents(first.club, room).includes("메시지 60") && contents(first.club, quiet).length > 0);
    await until("oneself in the game", () => first.club.game(game).getSnapshot()?.game.participants.length === 1);
    first.club.markRead(room);
    await leader.notifications.broadcast({ title: "휴관 안내" });
    await until("a notification", () => first.club.notifications.getSnapshot().notifications.length > 0);
    await until("it to be read", async () => (await first.client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount === 0);
    const before = shown(first.club, room);
    await stop();

    const { club } = show(tokens, disk, nowhere);
    club.openRoom(room);
    await until("the rooms", () => club.rooms.getSnapshot().loaded);
    assert.deepEqual(shown(club, room), { ...before, messages: before.messages.slice(-50), hasOlder: true });
    assert.deepEqual(contents(club, quiet), ["아무도 안 읽음"]);
    assert.ok(before.members.length > 1 && before.notifications.length > 0, "there was not much to cache");
    for (const list of [
      club.rooms,
      club.messages(room),
      club.messages(quiet),
      club.games,
      club.notifications,
      club.members,
      club.profile,
    ]) {
      const { loaded, fromCache } = list.getSnapshot() as Loading;
      assert.deepEqual([loaded, fromCache], [true, true]);
    }
    await until("the room to say why it is old", () => club.messages(room).getSnapshot().fault?.kind === "offline");
    // What the user sends waits beneath what was there.
    club.sendMessage(room, "여기 신호가 없어요");
    assert.equal(contents(club, room).at(-1), "여기 신호가 없어요");
    assert.equal(contents(club, room).length, 51);
  });

  test("gives way to what the server says, with nothing doubled and no moment without", async () => {
    const [tokens, disk] = [await tokensOf(1), new Disk()];
    const room = await openRoom(leader, "돌아온 방");
    const left = await openRoom(leader, "없어질 방");
    const games = [await newGame(leader), await newGame(leader), await newGame(leader)];
    const all: Message[] = [];
    for (const content of numbered(10)) {
      all.push(await say(leader, room, content));
    }
    const first = show(tokens, disk);
    await online(first.club);
    first.club.openRoom(room);
    await until("the messages", () => contents(first.club, room).length === 10);
    first.club.markRead(room, all[5]?.seq);
    await until(
      "that to be known",
      async () => (await first.client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount === 4,
    );
    await stop();

    await leader.chat.editMessage({ roomId: room, messageId: all[8]?.id ?? "", content: "고침" });
    await leader.chat.deleteMessage({ roomId: room, messageId: all[9]?.id ?? "" });
    for (const content of ["새 글 1", "새 글 2"]) {
      await say(leader, room, content);
    }
    await leader.games.cancelGame({ gameId: games[0] ?? "" });
    await leader.games.updateGame({ gameId: games[1] ?? "", title: "바뀐 게임" });
    const chaos = await Chaos.start(server.port);
    chaos.delayMs = 20;
    const { club, client } = show(tokens, disk, chaos.url);
    club.openRoom(room);
    const seen = { rooms: [] as number[], messages: [] as string[][], games: [] as number[], unread: [] as number[] };
    club.rooms.subscribe(() => {
      seen.rooms.push(club.rooms.getSnapshot().rooms.length);
      seen.unread.push(club.room(room).getSnapshot()?.unread ?? -1);
    });
    club.messages(room).subscribe(() =>
      seen.messages.push(
        club
          .messages(room)
          .getSnapshot()
          .messages.map((m) => m.key),
      ),
    );
    club.games.subscribe(() => seen.games.push(club.games.getSnapshot().games.length));
    await until("what is cached", () => club.rooms.getSnapshot().fromCache);
    assert.equal(club.room(room).getSnapshot()?.unread, 4);
    await online(club);
    await until("the messages", () => isFresh(club.messages(room)));
    await say(leader, room, "새 글 3");
    await until("what is said now", () => contents(club, room).includes("새 글 3"));

    const want = [...numbered(8), "고침", "", "새 글 1", "새 글 2", "새 글 3"];
    assert.deepEqual(contents(club, room), want);
    assert.equal(club.room(room).getSnapshot()?.unread, 6);
    assert.equal((await client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount, 6);
    for (const keys of seen.messages) {
      assert.equal(new Set(keys).size, keys.length, "a message is there twice");
    }
    const shownOnce = seen.messages.slice(seen.messages.findIndex((keys) => keys.length > 0));
    assert.ok(Math.min(...shownOnce.map((keys) => keys.length)) >= 10, "there was a moment without messages");
    assert.ok(Math.min(...seen.rooms.slice(seen.rooms.findIndex((n) => n > 0))) > 1, "there was a moment without rooms");
    assert.ok(Math.min(...seen.games.slice(seen.games.findIndex((n) => n > 0))) > 1, "there was a moment without games");
    const unread = [...new Set(seen.unread.filter((n) => n >= 0))];
    assert.deepEqual([unread[0], unread.at(-1)], [4, 6]);
    assert.ok(
      unread.every((n) => n <= 6),
      `${unread.join()} were counted`,
    );
    assert.equal(club.game(games[0] ?? "").getSnapshot()?.game.status, GameStatus.CANCELLED);
    assert.equal(club.game(games[1] ?? "").getSnapshot()?.game.title, "바뀐 게임");
    assert.notEqual(club.room(left).getSnapshot(), undefined);
    const fresh = createClub(client, { subscribe: { timing: quick } });
    clubs.add(fresh);
    fresh.start();
    fresh.openRoom(room);
    await online(fresh);
    await until("the messages", () => contents(fresh, room).length === want.length);
    await until("the same", () => JSON.stringify(fresh.rooms.getSnapshot().unread) === JSON.stringify(club.rooms.getSnapshot().unread));
    const live = (c: Club) => ({ ...shown(c, room), games: [], members: [] });
    assert.deepEqual(live(club), live(fresh));
    await stop();
    await chaos.close();
  });

  test("forgets the rooms that the user has left, and games that are over and not looked at", async () => {
    const [tokens, disk] = [await tokensOf(2), new Disk()];
    const member = createClient({ baseUrl: server.url, tokens });
    await member.session.ready();
    const { room: group } = await leader.chat.createRoom({ name: "나갈 모임", type: RoomType.GROUP, participants: [userOf(member)] });
    const room = group?.id ?? "";
    const game = await newGame(leader);
    const first = show(tokens, disk);
    await online(first.club);
    assert.notEqual(first.club.room(room).getSnapshot(), undefined);
    await leader.games.cancelGame({ gameId: game });
    await until("the cancellation", () => first.club.game(game).getSnapshot()?.game.status === GameStatus.CANCELLED);
    await stop();
    await member.chat.leaveRoom({ roomId: room });
    const chaos = await Chaos.start(server.port);
    chaos.delayMs = 20;
    const second = show(tokens, disk, chaos.url);
    let cached = false;
    second.club.rooms.subscribe(() => {
      cached ||= second.club.room(room).getSnapshot() !== undefined && second.club.game(game).getSnapshot() !== undefined;
    });
    await online(second.club);
    assert.ok(cached, "it was not cached");
    assert.equal(second.club.room(room).getSnapshot(), undefined);
    assert.equal(second.club.game(game).getSnapshot(), undefined);
    await stop();
    await chaos.close();
    assert.deepEqual(
      [...disk.items.keys()].filter((key) => key.includes(room)),
      [],
    );
  });

  test("deletes it at sign-out, however the storage fails meanwhile", async () => {
    const [tokens, disk] = [await tokensOf(0), new Disk()];
    const { club, client } = show(tokens, disk);
    await online(club);
    await until("it to be cached", () => disk.items.size > 3);
    disk.broken = ["remove"];
    await client.session.signOut();
    assert.equal(club.rooms.getSnapshot().rooms.length, 0);
    await until("a removal to fail", () => disk.failures > 0);
    assert.notEqual(disk.items.size, 0);
    disk.broken = [];
    await until("all of it to be deleted", () => disk.items.size === 0);
    await stop();
    assert.deepEqual([...disk.items], []);

    // Also where the club is not shown.
    const next = await tokensOf(0);
    const second = show(next, disk);
    await online(second.club);
    await second.club.stop();
    assert.notEqual(disk.items.size, 0);
    await second.client.session.signOut();
    await until("all of it to be deleted", () => disk.items.size === 0);
  });

  test("writes nothing after the user has signed out", async () => {
    const [tokens, disk] = [await tokensOf(0), new Disk()];
    const { club, client } = show(tokens, disk);
    await online(club);
    await until("it to be cached", () => disk.items.size > 3);
    disk.delayMs = 15;
    const room = await openRoom(leader, "로그아웃");
    await until("the room to be on its way to the storage", () => club.room(room).getSnapshot() !== undefined);
    await delay(30);
    await client.session.signOut();
    await club.stop();
    await until("all of it to be deleted", () => disk.items.size === 0);
    const { length } = disk.writes;
    await delay(100);
    assert.equal(disk.writes.length, length);
    assert.deepEqual([...disk.items], []);
  });

  test("is never shown to another user", async () => {
    const [one, two, disk] = [await tokensOf(0), await tokensOf(1), new Disk()];
    const other = createClient({ baseUrl: server.url, tokens: two });
    await other.session.ready();
    const mine = createClient({ baseUrl: server.url, tokens: one });
    await mine.session.ready();
    const { room } = await leader.chat.createRoom({ name: "비밀 모임", type: RoomType.GROUP, participants: [userOf(mine)] });
    const first = show(one, disk);
    await online(first.club);
    await stop();
    assert.match([...disk.items.values()].join(), /비밀 모임/);
    // The index may lie: what is stored says itself whose it is.
    const forged = new Disk();
    disk.items.forEach((text, key) =>
      forged.items.set(
        key.replace(userOf(mine), userOf(other)),
        key === "dongbaejul.cache" ? text.replace(userOf(mine), userOf(other)) : text,
      ),
    );
    for (const storage of [disk, forged]) {
      const { club } = show(two, storage, nowhere);
      const seen: unknown[] = [];
      club.rooms.subscribe(() => seen.push(...club.rooms.getSnapshot().rooms));
      club.me.subscribe(() => seen.push(...[club.me.getSnapshot() ?? []].flat()));
      await until("the connection to fail", () => club.connection.getSnapshot().status === "waiting");
      await delay(50);
      assert.deepEqual(seen, []);
      assert.equal(club.room(room?.id ?? "").getSnapshot(), undefined);
      await stop();
    }
    assert.deepEqual([...disk.items], [], "what was the other's is still there");
  });

  test("ignores entries that are broken, foreign or of another version", async () => {
    const [tokens, disk] = [await tokensOf(0), new Disk()];
    const room = await openRoom(leader, "깨진 방");
    await say(leader, room, "안녕하세요");
    const first = show(tokens, disk);
    await online(first.club);
    await until("the messages", () => contents(first.club, room).length === 1);
    await stop();
    const whole = new Map(disk.items);
    const user = userOf(first.client);
    const wrong = [
      ...["", "null", "{", "[]", "5", '"text"', "{}", '{"v":1}', '{"v":2,"user":"x","parts":{"a":1}}', '{"v":1,"user":5,"parts":5}'],
      ...[
        `{"v":1,"user":"${user}","parts":["room"]}`,
        `{"v":1,"user":"${user}","data":null}`,
        `{"v":1,"user":"${user}","data":[1,{"id":5}]}`,
      ],
      ...[`{"v":1,"user":"${user}","data":{"room":{"id":7},"user":[],"list":{},"messages":"no"}}`, "x".repeat(3_000_000)],
      `{"v":1,"user":"${user}","data":{"room":{"id":"${room}","future":{}},"messages":[{"roomId":"${room}","seq":"-"},null]}}`,
    ];
    for (const text of wrong) {
      for (const key of [...whole.keys(), "all"]) {
        const storage = new Disk();
        whole.forEach((value, k) => storage.items.set(k, k === key || key === "all" ? text : value));
        const { club } = show(tokens, storage, nowhere);
        await until("the connection to fail", () => club.connection.getSnapshot().status === "waiting");
        if (key !== "all" && key !== "dongbaejul.cache" && !key.includes(room)) {
          await until("what is left", () => contents(club, room).length === 1);
        }
        club.rooms.getSnapshot().rooms.forEach(({ title, room: r }) => assert.deepEqual([typeof title, r.id !== ""], ["string", true]));
        club.games.getSnapshot().games.forEach(({ shown: game }) => assert.notEqual(game.id, ""));
        await stop();
      }
    }
    // With a server it is as if there were no cache, and it is good again afterwards.
    const storage = new Disk();
    whole.forEach((_, key) => storage.items.set(key, "{"));
    const { club } = show(tokens, storage);
    await online(club);
    await until("the message", () => contents(club, room).length === 1);
    await stop();
    const last = show(tokens, storage, nowhere);
    await until("the rooms", () => contents(last.club, room).length === 1);
  });

  test("works where the storage is slow, full or fails", async () => {
    const tokens = await tokensOf(0);
    const room = await openRoom(leader, "느린 방");
    await say(leader, room, "안녕하세요");
    const works = async (storage: Disk) => {
      const { club } = show(tokens, storage);
      await online(club);
      club.openRoom(room);
      await until("the message", () => contents(club, room).length === 1);
      return club;
    };
    const failing = new Disk();
    failing.broken = ["get", "set", "remove"];
    await works(failing);
    await stop();
    failing.broken = ["set"];
    await works(failing);
    failing.broken = [];
    await until("it to be written once it can be", () => failing.items.size > 3);
    await stop();

    // The server is faster than the storage, which is older.
    const slow = new Disk();
    failing.items.forEach((value, key) => slow.items.set(key, value));
    await say(leader, room, "더 새로워요");
    slow.delayMs = 300;
    const { club } = show(tokens, slow);
    await online(club);
    club.openRoom(room);
    await until("the messages", () => contents(club, room).length === 2);
    await delay(1_500);
    assert.deepEqual(contents(club, room), ["안녕하세요", "더 새로워요"]);
    assert.deepEqual([isFresh(club.rooms), isFresh(club.messages(room))], [true, true]);
    slow.delayMs = 0;
    await stop();

    const full = new Disk();
    full.quota = Math.floor(slow.bytes / 2);
    const { club: cramped } = show(tokens, full);
    await online(cramped);
    const isWhole = () => {
      const { parts = {} } = JSON.parse(full.items.get("dongbaejul.cache") ?? "{}") as { parts?: object };
      return Object.keys(parts).length > 1 && Object.keys(parts).length === full.items.size - 1;
    };
    await until("it to be full", () => full.failures > 0);
    await until("no more to be stored than fits", isWhole);
    await stop();
    assert.ok(full.peak <= full.quota, `${full.peak} bytes were stored`);
    const offline = show(tokens, full, nowhere);
    await until("what has fitted", () => offline.club.me.getSnapshot() !== undefined);
  });

  test("stays within its bytes and writes seldom, through 1,000 messages", async () => {
    const [tokens, disk] = [await tokensOf(3), new Disk()];
    const rooms: string[] = [];
    for (let i = 0; i < 20; i++) {
      rooms.push(await openRoom(leader, `방 ${i}`));
    }
    const maxBytes = 400_000;
    const { club } = show(tokens, disk, server.url, { maxBytes, delayMs: 200 });
    await online(club);
    const text = "배드민턴 ".repeat(20);
    const began = Date.now();
    for (let i = 0; i < 50; i++) {
      await Promise.all(rooms.map((room) => say(leader, room, `${text}${i}`)));
    }
    await until("all of them", () => rooms.every((room) => contents(club, room).at(-1) === `${text}49`));
    const passes = (Date.now() - began) / 200 + 2;
    assert.ok(disk.writes.filter((key) => key.includes(rooms[0] ?? "-")).length <= passes, "written for each message");
    await club.stop();
    assert.ok(disk.peak <= maxBytes, `${disk.peak} bytes were stored`);
    assert.ok(disk.bytes > maxBytes / 2, `only ${disk.bytes} bytes are used`);
    await stop();
    const { club: offline } = show(tokens, disk, nowhere, { maxBytes });
    await until("the rooms", () => offline.rooms.getSnapshot().loaded);
    const kept = offline.rooms.getSnapshot().rooms.map(({ id }) => contents(offline, id));
    assert.equal(kept[0]?.length, 50);
    assert.equal(kept[0]?.at(-1), `${text}49`);
    assert.ok(kept.length > 5 && kept.some((list) => list.length < 50), "nothing was left out");
    await stop();
    // A smaller bound from one start to the next, and then nothing changes and nothing is written.
    const third = show(tokens, disk, server.url, { maxBytes: 100_000, delayMs: 20 });
    await online(third.club);
    await until("less to be stored", () => disk.bytes <= 100_000);
    const isQuiet = async () => {
      const { length } = disk.writes;
      await delay(500);
      return disk.writes.length === length;
    };
    await until("all rooms to be loaded and stored", isQuiet);
    const { length } = disk.writes;
    await delay(1_500);
    assert.equal(disk.writes.length, length, "heartbeats are written");
  });

  test("does not ask for the rooms again and again where the server does not know what was read", async () => {
    const [tokens, disk, outbox] = [await tokensOf(4), new Disk(), new Disk()];
    const room = await openRoom(leader, "못 보낸 읽음");
    const all: Message[] = [];
    for (const content of numbered(3)) {
      all.push(await say(leader, room, content));
    }
    const first = show(tokens, disk);
    await online(first.club);
    await until("the messages", () => contents(first.club, room).length === 3);
    await stop();
    const away = show(tokens, disk, nowhere);
    await until("the messages", () => contents(away.club, room).length === 3);
    away.club.markRead(room, all[1]?.seq);
    await stop();
    const before = server.calls("ChatService/ListRooms");
    const { club, client } = show(tokens, disk);
    await online(club);
    await delay(500);
    assert.ok(server.calls("ChatService/ListRooms") - before < 4, "the list is asked for without end");
    // It was on its way in memory only.
    assert.equal(club.room(room).getSnapshot()?.unread, 1);
    await until(
      "the position to be sent again",
      async () =>
        (await leader.chat.getRoom({ roomId: room })).room?.participants.some(
          (p) => p.userId === userOf(client) && p.readSeq === all[1]?.seq,
        ) === true,
    );
    await stop();

    const again = show(tokens, disk, nowhere, {}, outbox);
    await until("the messages", () => contents(again.club, room).length === 3);
    again.club.markRead(room);
    await stop();
    const last = show(tokens, disk, server.url, {}, outbox);
    await until("what was read without a network", () => isFresh(last.club.rooms));
    assert.equal(last.club.room(room).getSnapshot()?.unread, 0);
    await until(
      "the server to know",
      async () => (await last.client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount === 0,
    );
  });

  test("can be cleared", async () => {
    const [tokens, disk] = [await tokensOf(0), new Disk()];
    const { club, cache } = show(tokens, disk);
    await online(club);
    await club.stop();
    assert.notEqual(disk.items.size, 0);
    await cache.clear();
    assert.equal(disk.items.size, 0);
  });
});
