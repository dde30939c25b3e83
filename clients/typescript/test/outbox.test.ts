import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, createOutbox, GameStatus, memoryStorage, PostCategory } from "../src/index.js";
import { Chaos } from "./support/chaos.js";
import { newGame, numbered, quick, say, signedIn, userOf } from "./support/club.js";
import { OutboxClub, inspected, moody, outcome, settled } from "./support/outbox.js";
import { until } from "./support/wait.js";

describe("an outbox", () => {
  const club = new OutboxClub();

  test("sends what is put in, in order, and says how far it is", async () => {
    const client = await signedIn(club.server, 0);
    const outbox = createOutbox(client, quick);
    const seen = new Set<string>();
    outbox.subscribe(() => outbox.getSnapshot().forEach((item) => seen.add(item.state)));
    const want = numbered(20);
    const added = want.map((content) => outbox.add(club.message(content)));
    assert.equal(outbox.getSnapshot().length, 20);
    await Promise.all(added.map((a) => a.stored));
    const done = await settled(
      outbox,
      added.map((a) => a.item),
    );
    assert.deepEqual(new Set(done.map(outcome)), new Set(["sent"]));
    assert.deepEqual(await club.heard("메시지 1"), want);
    const [first] = done;
    assert.ok(first?.state === "sent" && first.result.message?.content === "메시지 1");
    assert.deepEqual([...seen].sort(), ["queued", "sending", "sent"]);
    await outbox.close();
  });

  test("sends each once, though answers are lost", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    mood.lose = Array.from({ length: 12 }, () => "SendMessage");
    const want = numbered(6).map((m) => `한 번: ${m}`);
    await settled(
      outbox,
      want.map((content) => outbox.add(club.message(content)).item),
    );
    assert.deepEqual(await club.heard(want[0] ?? ""), want);
    assert.equal(mood.calls.filter((c) => c === "SendMessage").length, 18);
    await outbox.close();
  });

  test("sends each once and in order through a network that is cut all the time", async () => {
    const chaos = await Chaos.start(club.server.port);
    const client = await signedIn(club.server, 0, { baseUrl: chaos.url });
    const outbox = createOutbox(client, quick);
    chaos.cutAfter = () => Math.floor(Math.random() * 2_500);
    const want = numbered(60).map((m) => `끊김: ${m}`);
    await settled(
      outbox,
      want.map((content) => outbox.add(club.message(content)).item),
    );
    assert.deepEqual(await club.heard(want[0] ?? ""), want);
    assert.ok(chaos.cuts > 10, `only ${chaos.cuts} cuts`);
    await outbox.close();
    await chaos.close();
  });

  test("waits while the device is offline, and sends when it is online", async () => {
    const mood = moody();
    let online = () => {};
    const lifecycle = { onForeground: () => () => {}, onBackground: () => () => {}, onOnline: (f: () => void) => ((online = f), () => {}) };
    const client = await signedIn(club.server, 0, { fetch: mood.fetch, lifecycle });
    const outbox = createOutbox(client, { minDelayMs: 60_000, maxDelayMs: 60_000 });
    mood.offline = true;
    const { item } = outbox.add(club.message("나중에"));
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
    const client = await signedIn(club.server, 0);
    const outbox = createOutbox(client, quick);
    const bad = outbox.add({ kind: "send_message", roomId: club.room, content: "답장", replyTo: "nothing" }).item;
    const good = outbox.add(club.message("괜찮아요")).item;
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

  test("joins and leaves a game in order, and tells what that came to", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const gameId = await newGame(club.leader);
    mood.lose = ["JoinGame", "LeaveGame", "JoinGame"];
    const items = (["join_game", "leave_game", "join_game"] as const).map((kind) => outbox.add({ kind, gameId }).item);
    const done = await settled(outbox, items);
    assert.deepEqual(done.map(outcome), ["sent", "sent", "sent"]);
    const { game } = await club.leader.games.getGame({ gameId });
    assert.deepEqual(
      game?.participants.map((p) => p.userId),
      [userOf(client)],
    );
    await outbox.close();
  });

  test("bases each score on the one before it, over lost answers", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 2, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const { gameId, version, end } = await club.startGame(client);
    mood.lose = ["UpdateScore", "UpdateScore", "UpdateScore"];
    const items = [1, 2, 3, 4, 5].map(
      (points) =>
        outbox.add({ kind: "update_score", gameId, setNumber: 1, team1Score: points, team2Score: 0, expectedVersion: version }).item,
    );
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(5).fill("sent"));
    const { game } = await club.leader.games.getGame({ gameId });
    assert.equal(game?.sets[0]?.team1Score, 5);
    assert.equal(game?.version, version + 5);
    await end();
    await outbox.close();
  });

  test("does not overwrite what another scorer has set, nor what would have followed", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 3, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const { gameId, version, end } = await club.startGame(client);
    mood.offline = true;
    const items = [1, 2, 3].map(
      (points) =>
        outbox.add({ kind: "update_score", gameId, setNumber: 1, team1Score: points, team2Score: 0, expectedVersion: version }).item,
    );
    await club.leader.games.updateScore({ gameId, setNumber: 1, team1Score: 0, team2Score: 7 });
    mood.offline = false;
    outbox.flush();
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(3).fill("VERSION_CONFLICT"));
    const { game } = await club.leader.games.getGame({ gameId });
    assert.deepEqual([game?.sets[0]?.team1Score, game?.sets[0]?.team2Score], [0, 7]);
    // What the scorer then insists on goes through, one after the other.
    items.forEach((item) => outbox.retry(item.id));
    assert.deepEqual((await settled(outbox, items)).map(outcome), Array(3).fill("sent"));
    await end();
    await outbox.close();
  });

  test("knows that it has started or cancelled a game whose answer was lost", async () => {
    const mood = moody();
    const client = await signedIn(club.server, "leader", { fetch: mood.fetch });
    const other = await signedIn(club.server, 5);
    const gameId = await newGame(club.leader);
    await client.games.joinGame({ gameId });
    const { game } = await other.games.joinGame({ gameId });
    const [one, two] = game?.participants.map((p) => p.userId) ?? [];
    const outbox = createOutbox(client, quick);
    const courtId = await club.newCourt();
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
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
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
    const client = await signedIn(club.server, 4, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    const [one, two, three] = [await say(club.leader, club.room, "하나"), await say(club.leader, club.room, "둘"), await say(club.leader, club.room, "셋")];
    mood.offline = true;
    for (const { seq } of [one, three, two]) {
      outbox.add({ kind: "mark_read", roomId: club.room, upTo: Number(seq) });
    }
    mood.offline = false;
    outbox.flush();
    await until("all to be sent", () => outbox.getSnapshot().every((i) => i.state === "sent"));
    assert.ok(mood.calls.filter((c) => c === "MarkRead").length <= 2);
    const { rooms } = await client.chat.listRooms({});
    const me = rooms.find((r) => r.id === club.room)?.participants.find((p) => p.userId === userOf(client));
    assert.equal(me?.readSeq, three.seq);
    await outbox.close();
  });

  test("does not do on Thursday what was asked for on Monday", async () => {
    const { storage, texts } = inspected();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch, tokens });
    mood.offline = true;
    const first = createOutbox(client, { ...quick, storage });
    const gameId = await newGame(club.leader);
    const { seq } = await say(club.leader, club.room, "월요일");
    const { id } = first.add({ kind: "join_game", gameId }).item;
    await first.add({ kind: "mark_read", roomId: club.room, upTo: Number(seq) }).stored;
    await first.close();
    const daysAgo = (days: number) => (_: string, at: string) => `"createdAt":${Number(at) - days * 86_400_000}`;
    texts.forEach((text, key) => texts.set(key, text.replace(/"createdAt":(\d+)/g, daysAgo(3))));
    mood.offline = false;
    mood.calls = [];
    const second = createOutbox(createClient({ baseUrl: club.server.url, tokens, fetch: mood.fetch }), { ...quick, storage });
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
    const third = createOutbox(createClient({ baseUrl: club.server.url, tokens, fetch: mood.fetch }), { ...quick, storage });
    third.flush();
    await until("it to be sent", () => third.getSnapshot().some((i) => i.id === id && i.state === "sent"));
    await third.close();
  });

  test("lets an action expire while it waits, and goes on with what is behind it", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, expireAfterMs: { join_game: 50 } });
    mood.offline = true;
    const gameId = await newGame(club.leader);
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
    const client = await signedIn(club.server, 0, {
      lifecycle,
      fetch: async (url: string, init: RequestInit) => {
        calls += url.endsWith("/SendMessage") ? 1 : 0;
        return busy && url.endsWith("/SendMessage") ? new Response("busy", { status: 503, headers: { "Retry-After": "1" } }) : fetch(url, init);
      },
    });
    const outbox = createOutbox(client, quick);
    const { id } = outbox.add(club.message("천천히")).item;
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
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, quick);
    mood.offline = true;
    const { item, stored } = outbox.add(club.message("곧 나가요"));
    await stored;
    const settled = outbox.settled(item.id);
    mood.offline = false;
    await client.session.signOut();
    assert.equal(await settled, undefined);
    await outbox.close();
  });
});
