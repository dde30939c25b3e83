import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, createOutbox, memoryStorage, PostCategory } from "../src/index.js";
import type { KeyValueStorage } from "../src/index.js";
import { numbered, quick, signedIn, userOf } from "./support/club.js";
import { OutboxClub, inspected, moody, outcome, settled } from "./support/outbox.js";
import { until } from "./support/wait.js";

describe("the storage of an outbox", () => {
  const club = new OutboxClub();

  test("outlives a restart of the program, with what was on its way", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch, tokens });
    const first = createOutbox(client, { ...quick, storage });
    mood.lose = ["SendMessage"];
    const want = numbered(4).map((m) => `다시: ${m}`);
    const added = want.map((content) => first.add(club.message(content)));
    await Promise.all(added.map((a) => a.stored));
    // The first has reached the server, and its answer was lost: the program ends just then.
    await until("the first to be sent", () => mood.lose.length === 0);
    mood.offline = true;
    await first.close();

    const again = createClient({ baseUrl: club.server.url, tokens });
    const second = createOutbox(again, { ...quick, storage });
    second.flush();
    await until("the rest to be there", () => second.getSnapshot().length > 0);
    await until("the rest to be sent", () => second.getSnapshot().every((item) => item.state === "sent"));
    assert.deepEqual(await club.heard(want[0] ?? ""), want);
    await second.close();
    assert.equal(await storage.getItem(`dongbaejul.outbox.${userOf(again)}`), null);
  });

  test("keeps what was refused over a restart, with the reason", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const client = await signedIn(club.server, 1, { tokens });
    const first = createOutbox(client, { ...quick, storage });
    const { gameId, version, end } = await club.startGame(client);
    await club.leader.games.updateScore({ gameId, setNumber: 1, team1Score: 5, team2Score: 5 });
    const { item } = first.add({ kind: "update_score", gameId, setNumber: 1, team1Score: 1, team2Score: 0, expectedVersion: version });
    assert.equal(outcome(await first.settled(item.id)), "VERSION_CONFLICT");
    await first.close();
    const second = createOutbox(createClient({ baseUrl: club.server.url, tokens }), { ...quick, storage });
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
    const client = await signedIn(club.server, 1, { tokens, fetch: mood.fetch });
    const first = createOutbox(client, { ...quick, storage });
    const { gameId, version, end } = await club.startGame(client);
    mood.offline = true;
    await first.add({ kind: "update_score", gameId, setNumber: 1, team1Score: 1, team2Score: 0, expectedVersion: version }).stored;
    await first.close();
    const getItem = async (key: string) => (await storage.getItem(key))?.replace(/"base":(\d+)/, '"base":"$1"') ?? null;
    const second = createOutbox(createClient({ baseUrl: club.server.url, tokens }), { ...quick, storage: { ...storage, getItem } });
    second.flush();
    await until("the stored one", () => second.getSnapshot().length === 1);
    assert.deepEqual((await settled(second, second.getSnapshot())).map(outcome), ["sent"]);
    await end();
    await second.close();
  });

  test("keeps one user's actions from another", async () => {
    const { storage, texts } = inspected();
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, storage });
    mood.lose = Array.from({ length: 1_000 }, () => "SendMessage");
    await outbox.add(club.message("민수의 것")).stored;
    const members = await club.server.members();
    const mine = userOf(client);
    await client.session.signOut();
    await until("it to be put away", () => outbox.getSnapshot().length === 0);
    assert.throws(() => outbox.add(club.message("아무도 아닌")), /로그인/);
    mood.lose = [];
    mood.calls = [];
    await club.server.signIn(
      client,
      members.find((m) => m.role === "coleader"),
    );
    const { item } = outbox.add(club.message("공동리더의 것"));
    assert.equal(outcome(await outbox.settled(item.id)), "sent");
    assert.equal(outbox.getSnapshot().length, 1);
    assert.ok([...texts].some(([key, text]) => key.startsWith(`dongbaejul.outbox.${mine}`) && text.includes("민수의 것")));
    // Back again, it is sent.
    await club.server.signIn(client, members.filter((m) => m.role === "member")[0]);
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
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const outbox = createOutbox(client, { ...quick, storage });
    await client.session.ready();
    const sent = outbox.add(club.message("저장되지 않은 것"));
    await assert.rejects(sent.stored, /full/);
    assert.equal((await outbox.settled(sent.item.id))?.state, "sent");
    mood.offline = true;
    const lost = outbox.add(club.message("보내지 못한 것"));
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
    small.add(club.message("하나"));
    assert.throws(
      () => small.add(club.message("둘")),
      (e) => client.fault(e).reason === "OUTBOX_FULL",
    );
    await outbox.close();
    await small.close();
  });

  test("takes over what a program has left that is gone, and not what another still sends", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch, tokens });
    mood.offline = true;
    const living = createOutbox(client, { ...quick, storage });
    await living.add(club.message("아직 있어요")).stored;
    const other = createOutbox(createClient({ baseUrl: club.server.url, tokens }), { ...quick, storage });
    await other.add(club.message("저도 있어요")).stored;
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
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const closing = createOutbox(client, { ...quick, storage });
    await settled(closing, [closing.add(club.message("보냈어요")).item]);
    await until("nothing to be stored", () => ![...texts.keys()].some(isList));
    mood.offline = true;
    const gone = createOutbox(client, { ...quick, storage });
    await gone.add(club.message("넘겨받는 중이에요")).stored;
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
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    const closing = createOutbox(client, { ...quick, storage });
    await settled(closing, [closing.add(club.message("보냈어요")).item]);
    mood.offline = true;
    await closing.add(club.message("남아 있어요")).stored;
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
    const outbox = createOutbox(await signedIn(club.server, 0), { ...quick, storage: counted });
    await settled(outbox, [outbox.add(club.message("먼저")).item]);
    reads = 0;
    for (let i = 0; i < 500; i++) {
      outbox.flush();
    }
    await settled(outbox, [outbox.add(club.message("나중에")).item]);
    await outbox.close();
    assert.ok(reads < 40, `${reads} reads`);
  });

  test("refuses what would take more bytes than it may store", async () => {
    const mood = moody();
    const client = await signedIn(club.server, 0, { fetch: mood.fetch });
    mood.offline = true;
    const outbox = createOutbox(client, { ...quick, maxBytes: 2_000 });
    // A Korean letter takes three bytes.
    outbox.add(club.message("가".repeat(300)));
    assert.throws(
      () => outbox.add(club.message("나".repeat(300))),
      (e) => client.fault(e).reason === "OUTBOX_FULL",
    );
    outbox.add(club.message("n".repeat(300)));
    await outbox.close();
  });

  test("that is made and never used takes nothing from the one that is", async () => {
    const storage = memoryStorage();
    const tokens = memoryStorage();
    const mood = moody();
    const client = await signedIn(club.server, 0, { tokens, fetch: mood.fetch });
    mood.offline = true;
    const before = createOutbox(client, { ...quick, storage });
    const { item, stored } = before.add(club.message("두 번 그려도 한 번"));
    await stored;
    await before.close();
    const again = createClient({ baseUrl: club.server.url, tokens });
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
    const client = await signedIn(club.server, 0);
    const action = club.message("예전 앱에서");
    const head = { id: "by-an-older-app", lane: `room/${club.room}`, action, createdAt: Date.now() };
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
    const owner = await signedIn(club.server, 0, { tokens });
    const mine = tokens.getItem("dongbaejul.session");
    const client = createClient({ baseUrl: club.server.url, tokens, lifecycle });
    await client.session.ready();
    const become = async (session: string | null) => {
      // As by a new sign-in: a later session counts.
      tokens.setItem("dongbaejul.session", JSON.stringify({ ...(JSON.parse(String(session)) as object), begunAt: Date.now() }));
      noted.forEach((f) => f());
      await until("the change to be noticed", () => client.session.state.getSnapshot().status === "signed_in");
      await delay(1);
    };
    const other = memoryStorage();
    const another = userOf(await signedIn(club.server, 1, { tokens: other }));
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
