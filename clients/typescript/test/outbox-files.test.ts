import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutbox, createOutboxFiles, memoryFiles, PostCategory } from "../src/index.js";
import type { Client, Fetch, FileStore, Outbox, OutboxFilesOptions, OutboxItem } from "../src/index.js";
import { quick, signedIn } from "./support/club.js";
import { inspected, moody, OutboxClub, outcome, settled } from "./support/outbox.js";
import { png } from "./support/pictures.js";
import { until } from "./support/wait.js";

describe("an outbox with files", () => {
  const club = new OutboxClub();

  /** Creates an outbox of a client whose PUTs go by `fetch`. */
  function outboxOf(client: Client, storage = inspected().storage, more: OutboxFilesOptions = {}): Outbox {
    return createOutbox(client, { ...quick, storage, files: createOutboxFiles(client, more) });
  }

  const withFiles = (content: string, ...files: Blob[]) => ({
    ...{ kind: "send_message" as const, roomId: club.room, content },
    attachments: files.map((file, i) => ({ file, name: `${i}.png` })),
  });

  /** Returns the widths of the pictures of the room's messages that have some. */
  const widths = async (content: string) => {
    const { messages } = await club.leader.chat.listMessages({ roomId: club.room, limit: 100 });
    return messages.filter((m) => m.content === content).map((m) => m.attachments.map((a) => a.width));
  };

  /** A fetch whose PUTs wait until it lets them go. */
  function heldPuts() {
    const held = { waiting: 0, puts: 0, release: () => {}, fetch: undefined as unknown as Fetch };
    const gate = new Promise<void>((resolve) => (held.release = resolve));
    held.fetch = async (url: string, init: RequestInit) => {
      held.waiting++;
      await Promise.race([gate, new Promise((resolve) => init.signal?.addEventListener("abort", resolve))]);
      held.waiting--;
      init.signal?.throwIfAborted();
      held.puts++;
      return fetch(url, init);
    };
    return held;
  }

  const keysOf = (store: FileStore) => store.keys().then((keys) => keys.length);

  test("uploads them first, and deletes what it kept", async () => {
    const client = await signedIn(club.server, 0);
    const store = memoryFiles();
    const outbox = outboxOf(client, undefined, { store });
    const seen: OutboxItem[] = [];
    outbox.subscribe(() => seen.push(...outbox.getSnapshot()));
    const { item, stored } = outbox.add(withFiles("사진 두 장", png(3, 3), png(4, 4)));
    await stored;
    const done = await outbox.settled(item.id);
    assert.equal(outcome(done), "sent");
    assert.deepEqual(await widths("사진 두 장"), [[3, 4]]);
    assert.ok(seen.some((i) => i.state === "sending" && i.upload?.file === 1 && i.upload.sent === i.upload.total && i.upload.total > 0));
    await until("the files to be deleted", async () => (await keysOf(store)) === 0);
    await outbox.close();
  });

  test("attaches them to a post", async () => {
    const client = await signedIn(club.server, "leader");
    const outbox = outboxOf(client);
    const { item } = outbox.add({ kind: "create_post", title: "사진", content: "사진", category: PostCategory.FREE, attachments: [{ file: png(6, 2) }] });
    const done = await outbox.settled(item.id);
    assert.ok(done?.state === "sent");
    assert.equal(done.result.post?.attachments[0]?.width, 6);
    await outbox.close();
  });

  test("keeps them over a restart without a network, and uploads none twice", async () => {
    const { storage } = inspected();
    const store = memoryFiles();
    const mood = moody();
    const first = await signedIn(club.server, 1, { fetch: mood.fetch });
    mood.offline = true;
    const before = outboxOf(first, storage, { store });
    const { item, stored } = before.add(withFiles("끊긴 사진", png(5, 1), png(7, 1)));
    await stored;
    await before.close();

    // The next program is killed between the two uploads.
    mood.offline = false;
    mood.calls = [];
    let puts = 0;
    const second = await signedIn(club.server, 1, { fetch: mood.fetch });
    const killed = outboxOf(second, storage, {
      store,
      fetch: async (url: string, init: RequestInit) => (++puts > 1 ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init)),
    });
    killed.flush();
    await until("the first upload", () => puts > 1);
    await killed.close();

    let more = 0;
    const third = await signedIn(club.server, 1);
    const last = outboxOf(third, storage, { store, fetch: (url: string, init: RequestInit) => (more++, fetch(url, init)) });
    last.flush();
    await until("the item to be taken over", () => last.getSnapshot().some((i) => i.id === item.id));
    assert.equal(outcome(await last.settled(item.id)), "sent");
    assert.deepEqual(await widths("끊긴 사진"), [[5, 7]]);
    assert.equal(more, 1);
    await until("the files to be deleted", async () => (await keysOf(store)) === 0);
    await last.close();
  });

  test("fails if the bytes were not kept over a restart", async () => {
    const { storage } = inspected();
    const mood = moody();
    const first = await signedIn(club.server, 2, { fetch: mood.fetch });
    mood.offline = true;
    const before = outboxOf(first, storage);
    const { item, stored } = before.add(withFiles("잃은 사진", png()));
    await stored;
    await before.close();
    const after = outboxOf(await signedIn(club.server, 2), storage);
    after.flush();
    await until("the item to be taken over", () => after.getSnapshot().some((i) => i.id === item.id));
    assert.equal(outcome(await after.settled(item.id)), "FILE_LOST");
    await after.close();
  });

  test("fails for a file that the server does not take, and sends the others of its room", async () => {
    const client = await signedIn(club.server, 2);
    const store = memoryFiles();
    const outbox = outboxOf(client, undefined, { store });
    const half = png(30, 30);
    const items = [
      withFiles("SVG", new Blob(["<svg/>"], { type: "image/svg+xml" })),
      withFiles("큰 사진", new Blob([new Uint8Array(10 * 1024 * 1024 + 1)], { type: "image/png" })),
      withFiles("반쪽", half.slice(0, half.size / 2, "image/png")),
      withFiles("그 다음", png(2, 9)),
    ].map((action) => outbox.add(action).item);
    const done = await settled(outbox, items);
    assert.deepEqual(done.map(outcome), ["PICTURE_UNSUPPORTED", "PICTURE_TOO_LARGE", "PICTURE_DAMAGED", "sent"]);
    assert.deepEqual(await widths("그 다음"), [[2]]);
    // A failed one keeps its file until it is dropped; one that is too large is not kept at all.
    assert.equal(await keysOf(store), 2);
    items.forEach((item) => outbox.drop(item.id));
    await until("the files to be deleted", async () => (await keysOf(store)) === 0);
    await outbox.close();
  });

  test("can be told to drop one while it is uploaded", async () => {
    const client = await signedIn(club.server, 3);
    const store = memoryFiles();
    const held = heldPuts();
    const outbox = outboxOf(client, undefined, { store, fetch: held.fetch });
    const { item } = outbox.add(withFiles("보내지 않을 사진", png()));
    await until("the upload", () => held.waiting === 1);
    assert.equal(outbox.drop(item.id), true);
    await until("the upload to end and the file to be deleted", async () => held.waiting === 0 && (await keysOf(store)) === 0);
    const next = outbox.add({ kind: "send_message", roomId: club.room, content: "다음 글" });
    assert.equal(outcome(await outbox.settled(next.item.id)), "sent");
    assert.deepEqual([held.puts, await widths("보내지 않을 사진")], [0, []]);
    await outbox.close();
  });

  test("waits as long as the server says once an hour's uploads are used up", async () => {
    const client = await signedIn(club.server, 4);
    const outbox = outboxOf(client);
    const items = Array.from({ length: 11 }, (_, i) => outbox.add(withFiles(`열한 장 ${i}`, png())).item);
    await settled(outbox, items.slice(0, 10));
    await until("the last one to wait", () => {
      const last = outbox.getSnapshot().find((i) => i.id === items[10]?.id);
      return last?.state === "queued" && last.fault?.reason === "TOO_MANY_UPLOADS" && (last.retryAt ?? 0) > Date.now() + 60_000;
    });
    await outbox.close();
  });

  test("uploads again what failed, once the user retries it", async () => {
    const client = await signedIn(club.server, 5);
    let broken = true;
    const outbox = outboxOf(client, undefined, {
      // A proxy that spoils the bytes.
      fetch: (url: string, init: RequestInit) =>
        fetch(url, broken ? { ...init, body: new Blob([new Uint8Array((init.body as Blob).size)], { type: "image/png" }) } : init),
    });
    const { item } = outbox.add(withFiles("다시", png(8, 3)));
    assert.equal(outcome(await outbox.settled(item.id)), "PICTURE_UNSUPPORTED");
    broken = false;
    outbox.retry(item.id);
    assert.equal(outcome(await outbox.settled(item.id)), "sent");
    assert.deepEqual(await widths("다시"), [[8]]);
    await outbox.close();
  });

  test("sends at once what it cannot keep, and says that it was not stored", async () => {
    const client = await signedIn(club.server, 6);
    const store = { ...memoryFiles(), set: () => Promise.reject(new Error("QuotaExceededError")) };
    const outbox = outboxOf(client, undefined, { store });
    const { item, stored } = outbox.add(withFiles("voll", png(2, 2)));
    await assert.rejects(stored, /QuotaExceeded/);
    assert.equal(outcome(await outbox.settled(item.id)), "sent");
    const small = outboxOf(client, undefined, { maxBytes: 10 });
    await assert.rejects(small.add(withFiles("zu viel", png())).stored, (e) => client.fault(e).reason === "OUTBOX_FULL");
    await Promise.all([outbox.close(), small.close()]);
  });

  test("deletes files that are older than a week", async () => {
    const client = await signedIn(club.server, 7);
    const store = memoryFiles();
    await store.set(`${Date.now() - 8 * 24 * 3_600_000}.3.old.0`, new Blob(["old"]));
    await store.set(`${Date.now() - 6 * 24 * 3_600_000}.3.young.0`, new Blob(["new"]));
    const outbox = outboxOf(client, undefined, { store });
    const { item } = outbox.add(withFiles("aufräumen", png()));
    await outbox.settled(item.id);
    await until("the others to be deleted", async () => (await store.keys()).join().endsWith("young.0"));
    await outbox.close();
  });

  test("refuses files if it cannot upload them", async () => {
    const outbox = createOutbox(await signedIn(club.server, 0));
    assert.throws(() => outbox.add(withFiles("?", png())), /createOutboxFiles/);
    await outbox.close();
  });
});
