import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EventSchema, GameStatus, ResyncReason } from "../src/index.js";
import type { Event } from "../src/index.js";
import { createCursors } from "../src/subscribe/cursors.js";
import { generator } from "./support/random.js";

type Payload = NonNullable<Parameters<typeof create<typeof EventSchema>>[1]>["payload"];
const event = (payload: NonNullable<Payload>): Event => create(EventSchema, { payload });
const message = (roomId: string, seq: number) => event({ case: "message", value: { roomId, seq: BigInt(seq), id: `${roomId}${seq}` } });
const hello = (rooms: Record<string, number>, notificationSeq = 0) =>
  event({ case: "hello", value: { heads: headsOf(rooms, notificationSeq) } });
const heartbeat = (rooms: Record<string, number>) => event({ case: "heartbeat", value: { heads: headsOf(rooms, 0) } });
const headsOf = (rooms: Record<string, number>, notificationSeq: number) => ({
  rooms: Object.entries(rooms).map(([roomId, seq]) => ({ roomId, seq: BigInt(seq) })),
  notificationSeq: BigInt(notificationSeq),
});
const game = (id: string, version: number, status: GameStatus = GameStatus.SCHEDULED) =>
  event({ case: "gameSnapshot", value: { game: { id, version, status } } });
const score = (gameId: string, version: number) => event({ case: "scoreUpdated", value: { gameId, version } });
const online = (...ids: string[]) => event({ case: "presence", value: { snapshot: true, online: ids } });
const cases = (events: readonly Event[]) => events.map((e) => e.payload.case);
const seqs = (events: readonly Event[]) => events.flatMap((e) => (e.payload.case === "message" ? [Number(e.payload.value.seq)] : []));

describe("cursors", () => {
  test("take each entry of a log once, whatever comes again", () => {
    // A server that goes back at every cut to any place that it was sent, with events of two rooms mixed anyhow.
    for (let seed = 1; seed <= 200; seed++) {
      const random = generator(seed);
      const cursors = createCursors(null);
      cursors.open();
      cursors.take([hello({ a: 0, b: 0 })]);
      const got: Record<string, number[]> = { a: [], b: [] };
      for (let cut = 0; cut < 20; cut++) {
        const { rooms } = cursors.open();
        const next = new Map(rooms.map(({ roomId, seq }) => [roomId, Math.max(1, Number(seq) + 1 - Math.floor(random() * 3))]));
        for (let i = 0; i < random() * 20; i++) {
          const roomId = random() < 0.5 ? "a" : "b";
          const seq = next.get(roomId) ?? 1;
          next.set(roomId, seq + 1);
          const { news, gap } = cursors.take([message(roomId, seq)]);
          assert.equal(gap, false);
          got[roomId]?.push(...seqs(news));
        }
      }
      for (const room of ["a", "b"]) {
        assert.deepEqual(
          got[room],
          got[room]?.map((_, i) => i + 1),
          `seed ${seed}, room ${room}`,
        );
      }
    }
  });

  test("ask to connect again if an entry is missing, and to read the room if that does not help", () => {
    const cursors = createCursors(null);
    cursors.take([hello({ a: 0 })]);
    const first = cursors.take([message("a", 1), message("a", 3), message("a", 4)]);
    assert.deepEqual([seqs(first.news), first.gap], [[1], true]);
    assert.deepEqual(cursors.open().rooms, [{ roomId: "a", seq: 1n }]);
    const second = cursors.take([message("a", 3), message("a", 4)]);
    assert.deepEqual([cases(second.news), second.gap], [["resyncRequired", "message", "message"], false]);
  });

  test("ask once for each of the entries that are missing in two rooms", () => {
    const cursors = createCursors(null);
    cursors.take([hello({ a: 0, b: 0 })]);
    const gaps = ["a", "b", "a", "b"].map((room) => cursors.take([message(room, 2)]).gap);
    assert.deepEqual(gaps, [true, true, false, false]);
  });

  test("ask to connect again if two heartbeats name what has not come", () => {
    const cursors = createCursors(null);
    cursors.take([hello({ a: 4 })]);
    assert.equal(cursors.take([heartbeat({ a: 5 })]).gap, false);
    assert.equal(cursors.take([message("a", 5), heartbeat({ a: 6 })]).gap, false);
    assert.equal(cursors.take([heartbeat({ a: 6 })]).gap, true);
  });

  test("are restored from what they saved, and return which rooms are new since", () => {
    const cursors = createCursors(null);
    assert.deepEqual(cases(cursors.take([hello({ a: 7 }, 3)]).news), ["hello"]);
    const restored = createCursors(cursors.save());
    assert.deepEqual(restored.open(), { rooms: [{ roomId: "a", seq: 7n }], notificationSeq: 3n, games: [] });
    assert.deepEqual(cases(restored.take([hello({ a: 9, b: 2 }, 3)]).news), ["hello", "resyncRequired"]);
    assert.deepEqual(seqs(restored.take([message("a", 8), message("b", 2), message("b", 3)]).news), [8, 3]);
    for (const broken of ["", "null", "{", '{"rooms": {"a": "x"}}']) {
      assert.deepEqual(createCursors(broken).open(), { rooms: [], games: [] });
    }
  });

  test("take what the server resumes at instead", () => {
    const cursors = createCursors(JSON.stringify({ rooms: { a: "90", gone: "4" }, notifications: "9" }));
    const resync = (roomId: string, seq: number, reason: ResyncReason) =>
      event({ case: "resyncRequired", value: { roomId, seq: BigInt(seq), reason } });
    cursors.take([
      hello({ a: 5 }, 2),
      resync("a", 5, ResyncReason.CURSOR_AHEAD),
      resync("gone", 0, ResyncReason.NOT_FOUND),
      resync("", 2, ResyncReason.CURSOR_AHEAD),
    ]);
    assert.deepEqual(cursors.open(), { rooms: [{ roomId: "a", seq: 5n }], notificationSeq: 2n, games: [] });
  });

  test("begin with a room wherever that begins for the user", () => {
    const cursors = createCursors(null);
    cursors.take([hello({})]);
    const { news } = cursors.take([
      event({ case: "roomJoined", value: { room: { id: "r" } } }),
      message("r", 12),
      message("r", 12),
      message("r", 13),
    ]);
    assert.deepEqual(seqs(news), [12, 13]);
    cursors.take([event({ case: "roomLeft", value: { roomId: "r" } })]);
    assert.deepEqual(cursors.open().rooms, []);
  });

  test("take each version of a game once, and ask to read it if one is missing", () => {
    const cursors = createCursors(null);
    cursors.take([hello({}), game("g", 3), online("me")]);
    assert.deepEqual(cases(cursors.take([score("g", 3), score("g", 4), score("g", 4)]).news), ["scoreUpdated"]);
    const missing = cursors.take([score("g", 6), score("unknown", 2)]);
    assert.deepEqual([missing.news, missing.read], [[], ["g", "unknown"]]);
    assert.deepEqual(cases(cursors.take([game("g", 6), score("g", 7)]).news), ["gameSnapshot", "scoreUpdated"]);
    assert.deepEqual(cursors.take([game("g", 7)]).news, []);
  });

  test("name the live games to a new connection, at the versions they have", () => {
    const cursors = createCursors(null);
    cursors.take([hello({}), game("kept", 1), game("ending", 1), game("over", 2, GameStatus.COMPLETED), score("kept", 2), online("me")]);
    const named = () => Object.fromEntries(cursors.open().games.map(({ gameId, version }) => [gameId, version]));
    assert.deepEqual(named(), { kept: 2, ending: 1 });
    // Games that it does not send are as before.
    const again = cursors.take([hello({}), game("ending", 3, GameStatus.COMPLETED), online("me")]);
    assert.deepEqual([cases(again.news), again.read], [["hello", "gameSnapshot"], []]);
    assert.deepEqual(named(), { kept: 2 });
    // A live one that could not be read is sent whole.
    cursors.forget("kept");
    assert.deepEqual(named(), {});
  });

  test("take who is online when that changes", () => {
    const cursors = createCursors(null);
    assert.equal(cursors.take([online("a", "b")]).news.length, 1);
    assert.equal(cursors.take([online("b", "a")]).news.length, 0);
    assert.equal(cursors.take([event({ case: "presence", value: { offline: ["a"] } })]).news.length, 1);
    assert.equal(cursors.take([online("a", "b")]).news.length, 1);
  });

  test("remember a bounded number of past games", () => {
    const cursors = createCursors(null);
    for (let i = 0; i < 2_000; i++) {
      cursors.take([game(`g${i}`, 1, GameStatus.COMPLETED)]);
    }
    assert.deepEqual(cursors.open().games, []);
    const isNews = (i: number) => cursors.take([game(`g${i}`, 1, GameStatus.COMPLETED)]).news.length > 0;
    assert.deepEqual([isNews(1_999), isNews(1_500), isNews(1_499), isNews(0)], [false, false, true, true]);
  });
});
