import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, createOutbox, GameStatus, memoryStorage, PostCategory } from "../src/index.js";
import type { Client, Fetch, KeyValueStorage, Outbox, OutboxAction, OutboxItem } from "../src/index.js";
import { Chaos } from "./support/chaos.js";
import { newGame, numbered, openRoom, say, signedIn, userOf } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

const quick = { minDelayMs: 2, maxDelayMs: 20 };

/** A storage, and what is in it. */
function inspected(): { storage: KeyValueStorage; texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const storage = {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  };
  return { storage, texts };
}

/** A fetch that can be set to lose answers, or not to send at all. */
function moody() {
  const mood = {
    /** Procedures whose next answers are lost, though the server has done what they asked. */
    lose: [] as string[],
    offline: false,
    calls: [] as string[],
    fetch: undefined as unknown as Fetch,
  };
  mood.fetch = async (url: string, init: RequestInit) => {
    const procedure = url.slice(url.lastIndexOf("/") + 1);
    if (mood.offline) {
      throw new TypeError("fetch failed");
    }
    mood.calls.push(procedure);
    const response = await fetch(url, init);
    const at = mood.lose.indexOf(procedure);
    if (at >= 0) {
      mood.lose.splice(at, 1);
      await response.arrayBuffer();
      throw new TypeError("terminated");
    }
    return response;
  };
  return mood;
}

describe("an outbox", () => {
  let server: Server;
  let leader: Client;
  let room: string;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    room = await openRoom(leader);
  });
  after(() => server.stop());

  /** What is in the room, the oldest first, from the first of these on. */
  const heard = async (from: string) => {
    const { messages } = await leader.chat.listMessages({ roomId: room, limit: 100 });
    const contents = messages.map((m) => m.content).reverse();
    return contents.slice(contents.indexOf(from));
  };
  const message = (content: string): OutboxAction => ({ kind: "send_message", roomId: room, content });
  const settled = async (outbox: Outbox, items: readonly OutboxItem[]) => Promise.all(items.map((item) => outbox.settled(item.id)));
  const outcome = (item: OutboxItem | undefined) => (item?.state === "failed" ? item.fault.reason : item?.state);

  /** A game of singles that the leader plays against another, being played on a court of its own. */
  let courts = 0;
  const newCourt = async () => (await leader.games.createCourt({ name: `court-${courts++}` })).court?.id ?? "";
  const played = async (client: Client) => {
    const gameId = await newGame(leader);
    await leader.games.joinGame({ gameId });
    const { game } = await client.games.joinGame({ gameId });
    const [one, two] = game?.participants.map((p) => p.userId) ?? [];
    await leader.games.setTeams({ gameId, team1: [one ?? ""], team2: [two ?? ""] });
    const courtId = await newCourt();
    const { game: started } = await leader.games.startGame({ gameId, courtId });
    const end = () => leader.games.cancelGame({ gameId });
    return { gameId, version: started?.version ?? 0, end };
  };

  test("sends what is put in, in order, and says how far it is", async () => {
    const client = await signedIn(server, 0);
    const outbox = createOutbox(client, quick);
    const seen = new Set<string>();
    outbox.subscribe(() => outbox.getSnapshot().forEach((item) => seen.add(item.state)));
    const want = numbered(20);
    const added = want.map((content) => outbox.add(message(content)));
    assert.equal(outbox.getSnapshot().length, 20);
    await Promise.all(added.map((a) => a.stored));
    const done = await settled(
      outbox,
      added.map((a) => a.item),
    );
    assert.deepEqual(new Set(done.map(outcome)), new Set(["sent"]));
    assert.deepEqual(await heard("메시지 1"), want);
    const [first] = done;
    assert.ok(first?.state === "sent" && first.result.message?.content === "메시지 1");
    assert.deepEqual([...seen].sort(), ["queued", "sending", "sent"]);
    await outbox.close();
  });

  test("sends each once, though answers are lost", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    mood.lose = Array.from({ length: 12 }, () => "SendMessage");
    const want = numbered(6).map((m) => `한 번: ${m}`);
    await settled(
      outbox,
      want.map((content) => outbox.add(message(content)).item),
    );
    assert.deepEqual(await heard(want[0] ?? ""), want);
    assert.equal(mood.calls.filter((c) => c === "SendMessage").length, 18);
    await outbox.close();
  });

  test("sends each once and in order through a network that is cut all the time", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 0, { baseUrl: chaos.url });
    const outbox = createOutbox(client, quick);
    chaos.cutAfter = () => Math.floor(Math.random() * 2_500);
    const want = numbered(60).map((m) => `끊김: ${m}`);
    await settled(
      outbox,
      want.map((content) => outbox.add(message(content)).item),
    );
    assert.deepEqual(await heard(want[0] ?? ""), want);
    assert.ok(chaos.cuts > 10, `only ${chaos.cuts} cuts`);
    await outbox.close();
    await chaos.close();
  });

  test("outlives a restart of the program, with what was on its way", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch, tokens });
    const first = createOutbox(client, { ...quick, storage });
    mood.lose = ["SendMessage"];
    const want = numbered(4).map((m) => `다시: ${m}`);
    const added = want.map((content) => first.add(message(content)));
    await Promise.all(added.map((a) => a.stored));
    // The first has reached the server, and its answer was lost: the program ends just then.
    await until("the first to be sent", () => mood.lose.length === 0);
    mood.offline = true;
    await first.close();

    const again = await import("../src/index.js").then(({ createClient }) => createClient({ baseUrl: server.url, tokens }));
    const second = createOutbox(again, { ...quick, storage });
    second.flush();
    await until("the rest to be there", () => second.getSnapshot().length > 0);
    await until("the rest to be sent", () => second.getSnapshot().every((item) => item.state === "sent"));
    assert.deepEqual(await heard(want[0] ?? ""), want);
    await second.close();
    assert.equal(await storage.getItem(`dongbaejul.outbox.${userOf(again)}`), null);
  });

  test("waits while the device is offline, and sends when it is online", async () => {
    const mood = moody();
    let online = () => {};
    const lifecycle = { onForeground: () => () => {}, onBackground: () => () => {}, onOnline: (f: () => void) => ((online = f), () => {}) };
    const client = await signedIn(server, 0, { fetch: mood.fetch, lifecycle });
    const outbox = createOutbox(client, { minDelayMs: 60_000, maxDelayMs: 60_000 });
    mood.offline = true;
    const { item } = outbox.add(message("나중에"));
    const now = () => outbox.getSnapshot().find((i) => i.id === item.id);
    await until("the first try", () => now()?.attempts === 1 && now()?.state === "queued");
    const waiting = now();
    assert.ok(waiting?.state === "queued");
    assert.equal(waiting.fault?.kind, "offline");
    assert.ok((waiting.retryAt ?? 0) > Date.now());
    mood.offline = false;
    online();
    assert.equal(outcome(await outbox.settled(item.id)), "sent");
    await outbox.close();
  });

  test("leaves what is refused to the user, and goes on with the rest", async () => {
    const client = await signedIn(server, 0);
    const outbox = createOutbox(client, quick);
    const bad = outbox.add({ kind: "send_message", roomId: room, content: "답장", replyTo: "nothing" }).item;
    const good = outbox.add(message("괜찮아요")).item;
    assert.deepEqual((await settled(outbox, [bad, good])).map(outcome), ["REPLY_TARGET_NOT_FOUND", "sent"]);
    outbox.retry(bad.id);
    assert.equal(outbox.getSnapshot().find((i) => i.id === bad.id)?.state, "sending");
    assert.equal(outcome(await outbox.settled(bad.id)), "REPLY_TARGET_NOT_FOUND");
    assert.equal(outbox.drop(bad.id), true);
    assert.equal(outbox.drop(bad.id), false);
    assert.deepEqual(
      outbox.getSnapshot().map((i) => i.id),
      [good.id],
    );
    await outbox.close();
  });

  test("keeps what was refused over a restart, with the reason", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const client = await signedIn(server, 1, { tokens });
    const first = createOutbox(client, { ...quick, storage });
    const { gameId, version, end } = await played(client);
    await leader.games.updateScore({ gameId, setNumber: 1, team1Score: 5, team2Score: 5 });
    const { item } = first.add({ kind: "update_score", gameId, setNumber: 1, team1Score: 1, team2Score: 0, expectedVersion: version });
    assert.equal(outcome(await first.settled(item.id)), "VERSION_CONFLICT");
    await first.close();
    const { createClient } = await import("../src/index.js");
    const second = createOutbox(createClient({ baseUrl: server.url, tokens }), { ...quick, storage });
    second.flush();
    await until("the refused one", () => second.getSnapshot().length === 1);
    const [kept] = second.getSnapshot();
    assert.ok(kept?.state === "failed" && kept.fault.kind === "aborted");
    assert.equal(kept.fault.game?.sets[0]?.team1Score, 5);
    // The user looks at the game as it is, and insists.
    second.retry(kept.id);
    const sent = await second.settled(kept.id);
    assert.ok(sent?.state === "sent");
    assert.equal(sent.result.game?.sets[0]?.team1Score, 1);
    await end();
    await second.close();
  });

  test("sends a score that an older app has stored, with its version as text", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(server, 1, { tokens, fetch: mood.fetch });
    const first = createOutbox(client, { ...quick, storage });
    const { gameId, version, end } = await played(client);
    mood.offline = true;
    await first.add({ kind: "update_score", gameId, setNumber: 1, team1Score: 1, team2Score: 0, expectedVersion: version }).stored;
    await first.close();
    const getItem = async (key: string) => (await storage.getItem(key))?.replace(/"base":(\d+)/, '"base":"$1"') ?? null;
    const { createClient } = await import("../src/index.js");
    const second = createOutbox(createClient({ baseUrl: server.url, tokens }), { ...quick, storage: { ...storage, getItem } });
    second.flush();
    await until("the stored one", () => second.getSnapshot().length === 1);
    assert.deepEqual((await settled(second, second.getSnapshot())).map(outcome), ["sent"]);
    await end();
    await second.close();
  });

  test("joins and leaves a game in order, and tells what that came to", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const gameId = await newGame(leader);
    mood.lose = ["JoinGame", "LeaveGame", "JoinGame"];
    const items = (["join_game", "leave_game", "join_game"] as const).map((kind) => outbox.add({ kind, gameId }).item);
    const done = await settled(outbox, items);
    assert.deepEqual(done.map(outcome), ["sent", "sent", "sent"]);
    const { game } = await leader.games.getGame({ gameId });
    assert.deepEqual(
      game?.participants.map((p) => p.userId),
      [userOf(client)],
    );
    await outbox.close();
  });

  test("bases each score on the one before it, over lost answers", async () => {
    const mood = moody();
    const client = await signedIn(server, 2, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const { gameId, version, end } = await played(client);
    mood.lose = ["UpdateScore", "UpdateScore", "UpdateScore"];
    const items = [1, 2, 3, 4, 5].map(
      (points) =>
        outbox.add({ kind: "update_score", gameId, setNumber: 1, team1Score: points, team2Score: 0, expectedVersion: version }).item,
    );
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(5).fill("sent"));
    const { game } = await leader.games.getGame({ gameId });
    assert.equal(game?.sets[0]?.team1Score, 5);
    assert.equal(game?.version, version + 5);
    await end();
    await outbox.close();
  });

  test("does not overwrite what another scorer has set, nor what would have followed", async () => {
    const mood = moody();
    const client = await signedIn(server, 3, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const { gameId, version, end } = await played(client);
    mood.offline = true;
    const items = [1, 2, 3].map(
      (points) =>
        outbox.add({ kind: "update_score", gameId, setNumber: 1, team1Score: points, team2Score: 0, expectedVersion: version }).item,
    );
    await leader.games.updateScore({ gameId, setNumber: 1, team1Score: 0, team2Score: 7 });
    mood.offline = false;
    outbox.flush();
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(3).fill("VERSION_CONFLICT"));
    const { game } = await leader.games.getGame({ gameId });
    assert.deepEqual([game?.sets[0]?.team1Score, game?.sets[0]?.team2Score], [0, 7]);
    // What the scorer then insists on goes through, one after the other.
    items.forEach((item) => outbox.retry(item.id));
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(3).fill("sent"));
    await end();
    await outbox.close();
  });

  test("knows that it has started or cancelled a game whose answer was lost", async () => {
    const mood = moody();
    const client = await signedIn(server, "leader", { fetch: mood.fetch });
    const other = await signedIn(server, 5);
    const gameId = await newGame(leader);
    await client.games.joinGame({ gameId });
    const { game } = await other.games.joinGame({ gameId });
    const [one, two] = game?.participants.map((p) => p.userId) ?? [];
    const outbox = createOutbox(client, quick);
    const courtId = await newCourt();
    mood.lose = ["StartGame", "CancelGame"];
    const items = [
      outbox.add({ kind: "set_teams", gameId, team1: [one ?? ""], team2: [two ?? ""] }).item,
      outbox.add({ kind: "start_game", gameId, courtId }).item,
      outbox.add({ kind: "cancel_game", gameId }).item,
    ];
    assert.deepEqual((await settled(outbox, items)).map(outcome), ["sent", "sent", "sent"]);
    assert.equal((await client.games.getGame({ gameId })).game?.status, GameStatus.CANCELLED);
    await outbox.close();
  });

  test("writes on the board once, though answers are lost", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    mood.lose = ["CreatePost", "CreateComment", "ToggleLike"];
    const post = await outbox.settled(
      outbox.add({ kind: "create_post", title: "셔틀콕 공동구매", content: "하실 분?", category: PostCategory.FREE }).item.id,
    );
    assert.ok(post?.state === "sent");
    const postId = post.result.post?.id ?? "";
    await settled(outbox, [
      outbox.add({ kind: "create_comment", postId, content: "저요" }).item,
      outbox.add({ kind: "like_post", postId, liked: true }).item,
    ]);
    const seen = await client.posts.getPost({ postId });
    assert.deepEqual([seen.comments.length, seen.post?.likeCount], [1, 1]);
    const { posts } = await client.posts.listPosts({ search: "공동구매" });
    assert.equal(posts.length, 1);
    await outbox.close();
  });

  test("moves a read position that is waiting on instead of sending each", async () => {
    const mood = moody();
    const client = await signedIn(server, 4, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const [one, two, three] = [await say(leader, room, "하나"), await say(leader, room, "둘"), await say(leader, room, "셋")];
    mood.offline = true;
    for (const { seq } of [one, three, two]) {
      outbox.add({ kind: "mark_read", roomId: room, upTo: Number(seq) });
    }
    mood.offline = false;
    outbox.flush();
    await until("all to be sent", () => outbox.getSnapshot().every((i) => i.state === "sent"));
    assert.ok(mood.calls.filter((c) => c === "MarkRead").length <= 2);
    const { rooms } = await client.chat.listRooms({});
    const me = rooms.find((r) => r.id === room)?.participants.find((p) => p.userId === userOf(client));
    assert.equal(me?.readSeq, three.seq);
    await outbox.close();
  });

  test("keeps one user's actions from another", async () => {
    const { storage, texts } = inspected();
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, storage });
    mood.lose = Array.from({ length: 1_000 }, () => "SendMessage");
    await outbox.add(message("민수의 것")).stored;
    const members = await server.members();
    const mine = userOf(client);
    await client.session.signOut();
    await until("it to be put away", () => outbox.getSnapshot().length === 0);
    assert.throws(() => outbox.add(message("아무도 아닌")), /로그인/);
    mood.lose = [];
    mood.calls = [];
    await server.signIn(
      client,
      members.find((m) => m.role === "coleader"),
    );
    const { item } = outbox.add(message("공동리더의 것"));
    assert.equal(outcome(await outbox.settled(item.id)), "sent");
    assert.equal(outbox.getSnapshot().length, 1);
    assert.ok([...texts].some(([key, text]) => key.startsWith(`dongbaejul.outbox.${mine}`) && text.includes("민수의 것")));
    // Back again, it is sent.
    await server.signIn(client, members.filter((m) => m.role === "member")[0]);
    await until("it to be sent", () => outbox.getSnapshot().some((i) => i.state === "sent" && i.action.kind === "send_message"));
    await outbox.close();
  });

  test("sends what it cannot store, and shows it as failed if it cannot be sent either", async () => {
    let isFull = true;
    const items = memoryStorage();
    const storage: KeyValueStorage = {
      ...items,
      setItem: (key, value) => {
        if (isFull) {
          throw new Error("the storage is full");
        }
        items.setItem(key, value);
      },
    };
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, storage });
    await client.session.ready();
    const sent = outbox.add(message("저장되지 않은 것"));
    await assert.rejects(sent.stored, /full/);
    assert.equal((await outbox.settled(sent.item.id))?.state, "sent");
    mood.offline = true;
    const lost = outbox.add(message("보내지 못한 것"));
    await assert.rejects(lost.stored, /full/);
    const failed = await outbox.settled(lost.item.id);
    assert.equal(failed?.state === "failed" && failed.fault.reason, "OUTBOX_NOT_STORED");
    // With room again, it is as any other.
    isFull = false;
    outbox.retry(lost.item.id);
    await until("it to wait", () => outbox.getSnapshot().some((i) => i.id === lost.item.id && i.state === "queued" && i.attempts > 1));
    mood.offline = false;
    outbox.flush();
    assert.equal((await outbox.settled(lost.item.id))?.state, "sent");
    const small = createOutbox(client, { ...quick, maxItems: 1 });
    small.add(message("하나"));
    assert.throws(
      () => small.add(message("둘")),
      (e) => client.fault(e).reason === "OUTBOX_FULL",
    );
    await outbox.close();
    await small.close();
  });

  test("takes over what a program has left that is gone, and not what another still sends", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch, tokens });
    mood.offline = true;
    const living = createOutbox(client, { ...quick, storage });
    await living.add(message("아직 있어요")).stored;
    const { createClient } = await import("../src/index.js");
    const other = createOutbox(createClient({ baseUrl: server.url, tokens }), { ...quick, storage });
    await other.add(message("저도 있어요")).stored;
    await until("its own to be sent", () => other.getSnapshot().every((i) => i.state === "sent"));
    assert.equal(other.getSnapshot().length, 1);
    await living.close();
    other.flush();
    await until("what was left to be sent", () => other.getSnapshot().filter((i) => i.state === "sent").length === 2);
    await other.close();
  });

  test("loses nothing that it takes over while it is closed", async () => {
    const { storage: kept, texts } = inspected();
    const isList = (key: string) => key.split(".").length > 3;
    // A tab's own list, which it reads to write it, takes longer than the names of the tabs.
    const getItem = async (key: string) => delay(isList(key) ? 20 : 1).then(() => kept.getItem(key));
    const storage = { ...kept, getItem };
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const closing = createOutbox(client, { ...quick, storage });
    await settled(closing, [closing.add(message("보냈어요")).item]);
    await until("nothing to be stored", () => ![...texts.keys()].some(isList));
    mood.offline = true;
    const gone = createOutbox(client, { ...quick, storage });
    await gone.add(message("넘겨받는 중이에요")).stored;
    await gone.close();
    closing.flush();
    await closing.close();
    mood.offline = false;
    const next = createOutbox(client, { ...quick, storage });
    next.flush();
    await until("what was left to be sent", () => next.getSnapshot().some((i) => i.state === "sent"));
    await next.close();
  });

  test("leaves what is its own where it is when it looks for what others have left after it is closed", async () => {
    const { storage, texts } = inspected();
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const closing = createOutbox(client, { ...quick, storage });
    await settled(closing, [closing.add(message("보냈어요")).item]);
    mood.offline = true;
    await closing.add(message("남아 있어요")).stored;
    // Nobody answers for this tab, which takes a while to find out: the second look begins after the outbox is closed.
    const index = `dongbaejul.outbox.${userOf(client)}`;
    texts.set(index, JSON.stringify({ ...JSON.parse(texts.get(index) ?? "{}"), gone: [] }));
    closing.flush();
    closing.flush();
    await closing.close();
    await until("the first look to be over", () => !texts.get(index)?.includes("gone"));
    mood.offline = false;
    // Another tab, which asks whether the closed one is there: the second look is over by then.
    const next = createOutbox(client, { ...quick, storage: { ...storage } });
    next.flush();
    await until("what was left to be sent", () => next.getSnapshot().some((i) => i.state === "sent"), 5_000);
    await next.close();
  });

  test("looks once for what tabs have left, however often it is flushed meanwhile", async () => {
    const { storage } = inspected();
    let reads = 0;
    const counted = { ...storage, getItem: async (key: string) => (reads++, storage.getItem(key)) };
    const outbox = createOutbox(await signedIn(server, 0), { ...quick, storage: counted });
    await settled(outbox, [outbox.add(message("먼저")).item]);
    reads = 0;
    for (let i = 0; i < 500; i++) {
      outbox.flush();
    }
    await settled(outbox, [outbox.add(message("나중에")).item]);
    await outbox.close();
    assert.ok(reads < 40, `${reads} reads`);
  });

  test("refuses what would take more bytes than it may store", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    mood.offline = true;
    const outbox = createOutbox(client, { ...quick, maxBytes: 2_000 });
    // A Korean letter takes three bytes.
    outbox.add(message("가".repeat(300)));
    assert.throws(
      () => outbox.add(message("나".repeat(300))),
      (e) => client.fault(e).reason === "OUTBOX_FULL",
    );
    outbox.add(message("n".repeat(300)));
    await outbox.close();
  });

  test("does not do on Thursday what was asked for on Monday", async () => {
    const { storage, texts } = inspected();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch, tokens });
    mood.offline = true;
    const first = createOutbox(client, { ...quick, storage });
    const gameId = await newGame(leader);
    const { seq } = await say(leader, room, "월요일");
    const { id } = first.add({ kind: "join_game", gameId }).item;
    await first.add({ kind: "mark_read", roomId: room, upTo: Number(seq) }).stored;
    await first.close();
    const daysAgo = (days: number) => (_: string, at: string) => `"createdAt":${Number(at) - days * 86_400_000}`;
    texts.forEach((text, key) => texts.set(key, text.replace(/"createdAt":(\d+)/g, daysAgo(3))));
    mood.offline = false;
    mood.calls = [];
    const { createClient } = await import("../src/index.js");
    const second = createOutbox(createClient({ baseUrl: server.url, tokens, fetch: mood.fetch }), { ...quick, storage });
    second.flush();
    await until("both to be decided", () => second.getSnapshot().length === 2 && second.getSnapshot().every((i) => ["sent", "failed"].includes(i.state)));
    assert.equal(outcome(second.getSnapshot().find((i) => i.id === id)), "OUTBOX_EXPIRED");
    assert.deepEqual(second.getSnapshot().filter((i) => i.state === "sent").map((i) => i.action.kind), ["mark_read"]);
    assert.ok(!mood.calls.includes("JoinGame"));
    // What the user asks for once more is done, also after a restart.
    mood.offline = true;
    second.retry(id);
    await until("it to wait", () => second.getSnapshot().some((i) => i.id === id && i.state === "queued" && i.attempts > 0));
    await second.close();
    mood.offline = false;
    const third = createOutbox(createClient({ baseUrl: server.url, tokens, fetch: mood.fetch }), { ...quick, storage });
    third.flush();
    await until("it to be sent", () => third.getSnapshot().some((i) => i.id === id && i.state === "sent"));
    await third.close();
  });

  test("lets an action expire while it waits, and goes on with what is behind it", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, expireAfterMs: { join_game: 50 } });
    mood.offline = true;
    const gameId = await newGame(leader);
    const [joining, leaving] = (["join_game", "leave_game"] as const).map((kind) => outbox.add({ kind, gameId }).item);
    assert.equal(outcome(await outbox.settled(joining?.id ?? "")), "OUTBOX_EXPIRED");
    mood.offline = false;
    mood.calls = [];
    assert.notEqual(await outbox.settled(leaving?.id ?? ""), undefined);
    assert.deepEqual(mood.calls, ["LeaveGame"]);
    await outbox.close();
  });

  test("waits as long as the server asks for, whatever else says that it can go on", async () => {
    let busy = true;
    let calls = 0;
    let online = () => {};
    const none = () => () => {};
    const lifecycle = { onForeground: none, onBackground: none, onOnline: (f: () => void) => ((online = f), () => {}) };
    const client = await signedIn(server, 0, {
      lifecycle,
      fetch: async (url: string, init: RequestInit) => {
        calls += url.endsWith("/SendMessage") ? 1 : 0;
        return busy && url.endsWith("/SendMessage") ? new Response("busy", { status: 503, headers: { "Retry-After": "1" } }) : fetch(url, init);
      },
    });
    const outbox = createOutbox(client, quick);
    const { id } = outbox.add(message("천천히")).item;
    await until("the refusal", () => outbox.getSnapshot().some((i) => i.id === id && i.state === "queued" && i.attempts === 1));
    const asked = Date.now();
    busy = false;
    outbox.flush();
    online();
    await delay(300);
    assert.equal(calls, 1);
    await outbox.settled(id);
    assert.ok(Date.now() - asked > 900);
    await outbox.close();
  });

  test("ends waits for what becomes of an action when its user signs out", async () => {
    const mood = moody();
    const client = await signedIn(server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    mood.offline = true;
    const { item, stored } = outbox.add(message("곧 나가요"));
    await stored;
    const settled = outbox.settled(item.id);
    mood.offline = false;
    await client.session.signOut();
    assert.equal(await settled, undefined);
    await outbox.close();
  });

  test("that is made and never used takes nothing from the one that is", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(server, 0, { tokens, fetch: mood.fetch });
    mood.offline = true;
    const before = createOutbox(client, { ...quick, storage });
    const { item, stored } = before.add(message("두 번 그려도 한 번"));
    await stored;
    await before.close();
    const { createClient } = await import("../src/index.js");
    const again = createClient({ baseUrl: server.url, tokens });
    // As React does it under StrictMode.
    const discarded = createOutbox(again, { ...quick, storage });
    await again.session.ready();
    await delay(20);
    const outbox = createOutbox(again, { ...quick, storage });
    const shown = outbox.subscribe(() => {});
    await until("it to be sent", () => outbox.getSnapshot().some((i) => i.id === item.id && i.state === "sent"));
    assert.deepEqual(discarded.getSnapshot(), []);
    shown();
    await outbox.close();
  });

  test("takes what an older app has stored, of all tabs under one key", async () => {
    const storage = memoryStorage();
    const client = await signedIn(server, 0);
    const action = message("예전 앱에서");
    const head = { id: "by-an-older-app", lane: `room/${room}`, action, createdAt: Date.now() };
    storage.setItem(`dongbaejul.outbox.${userOf(client)}`, JSON.stringify({ "an-older-tab": [{ head, attempts: 0 }] }));
    const outbox = createOutbox(client, { ...quick, storage });
    outbox.flush();
    await until("it to be sent", () => outbox.getSnapshot().some((i) => i.id === head.id && i.state === "sent"));
    await outbox.close();
    assert.equal(storage.getItem(`dongbaejul.outbox.${userOf(client)}`), null);
  });

  // Between the storing of an item and its sending somebody else may sign in.
  test("sends an item as nobody but the user who put it in", async () => {
    const tokens = memoryStorage();
    const items = memoryStorage();
    const noted = new Set<() => void>();
    const none = () => () => {};
    const lifecycle = { onForeground: none, onBackground: none, onOnline: none, onStorage: (f: () => void) => (noted.add(f), () => {}) };
    const owner = await signedIn(server, 0, { tokens });
    const mine = tokens.getItem("dongbaejul.session");
    const client = createClient({ baseUrl: server.url, tokens, lifecycle });
    await client.session.ready();
    const become = async (session: string | null) => {
      // As by a new sign-in: a later session counts.
      tokens.setItem("dongbaejul.session", JSON.stringify({ ...(JSON.parse(String(session)) as object), begunAt: Date.now() }));
      noted.forEach((f) => f());
      await until("the change to be noticed", () => client.session.state.getSnapshot().status === "signed_in");
      await delay(1);
    };
    const other = memoryStorage();
    const another = userOf(await signedIn(server, 1, { tokens: other }));
    let isSaved = false;
    const outbox = createOutbox(client, {
      storage: {
        ...items,
        setItem: async (key, value) => {
          items.setItem(key, value);
          // It is about to be sent.
          if (value.includes("모자") && !isSaved) {
            isSaved = true;
            await become(other.getItem("dongbaejul.session") as string);
          }
        },
      },
    });
    const { stored, item } = outbox.add({ kind: "create_post", title: "모자를 찾습니다", content: "빨간 모자", category: PostCategory.FREE });
    await stored.catch(() => undefined);
    await delay(50);
    assert.equal(userOf(client), another);
    const titles = async () => (await owner.posts.listPosts({ search: "모자를" })).posts.map((post) => post.author?.userId);
    assert.deepEqual(await titles(), []);
    await become(mine as string);
    await until("it to be back", () => outbox.getSnapshot().length > 0);
    await outbox.settled(item.id);
    assert.deepEqual(await titles(), [userOf(owner)]);
    await outbox.close();
  });
});
