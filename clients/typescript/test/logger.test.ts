import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClub, createOutbox, memoryStorage } from "../src/index.js";
import type { Client, Logger, LogLevel } from "../src/index.js";
import { createOfflineCache } from "../src/offline/index.js";
import { Chaos } from "./support/chaos.js";
import { openRoom, quick, say, signedIn } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

interface Entry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A logger that keeps what it is given. */
function keeper() {
  const entries: Entry[] = [];
  const at = (level: LogLevel) => (message: string, fields: Readonly<Record<string, unknown>>) => entries.push({ level, message, fields });
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { entries, logger, has: (message: string) => entries.some((entry) => entry.message === message) };
}

describe("a client's", () => {
  let server: Server;
  let leader: Client;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
  });
  after(async () => {
    await server.stop();
  });

  test("log has what has happened, and neither tokens nor what people write", async () => {
    const { entries, logger, has } = keeper();
    const [tokens, stored] = [memoryStorage(), memoryStorage()];
    const room = await openRoom(leader, "로그");
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 0, { baseUrl: chaos.url, tokens, logger, logLevel: "debug" });
    const outbox = createOutbox(client, { storage: stored, minDelayMs: 2, maxDelayMs: 20 });
    const broken = { ...memoryStorage(), setItem: () => Promise.reject(new Error("비밀 저장소")) };
    const cache = createOfflineCache(client, { storage: broken, delayMs: 10 });
    const club = createClub(client, { outbox, cache, subscribe: { timing: quick } });
    club.start();
    club.openRoom(room);
    await until("the club to be open", () => club.connection.getSnapshot().status === "open" && club.messages(room).getSnapshot().loaded);
    club.sendMessage(room, "비밀 메시지");
    await say(leader, room, "비밀 대답");
    await until(
      "both",
      () =>
        club
          .messages(room)
          .getSnapshot()
          .messages.filter((m) => m.state === "sent").length === 2,
    );
    const { id } = club.sendMessage(room, "비밀 답장", { replyTo: "nothing" });
    await outbox.settled(id);
    await assert.rejects(client.chat.getRoom({ roomId: "비밀 방" }));
    chaos.cut();
    await until("the connection to be waited for", () => entries.some(({ fields }) => fields["status"] === "waiting"));
    await until("the cache to fail", () => has("cache cannot be written"));
    const session = (await tokens.getItem("dongbaejul.session")) ?? "{}";
    const { accessToken, refreshToken } = JSON.parse(session) as Record<string, string>;
    assert.ok(accessToken && refreshToken, "there are no tokens");
    await client.session.signOut();
    await club.stop();
    await Promise.all([cache.close(), outbox.close()]);
    await chaos.close();

    const text = JSON.stringify(entries);
    for (const secret of [accessToken, refreshToken, "비밀"]) {
      assert.ok(!text.includes(secret), `${secret} is logged`);
    }
    const find = (message: string, fields: Record<string, unknown>) =>
      entries.find((e) => e.message === message && Object.entries(fields).every(([key, value]) => e.fields[key] === value));
    assert.equal(find("call", { method: "SendMessage" })?.level, "debug");
    assert.equal(find("call failed", { method: "GetRoom", kind: "not_found" })?.level, "debug");
    assert.equal(find("subscription", { status: "open", by: "stream" })?.level, "info");
    assert.equal(find("session", { status: "signed_out" })?.level, "info");
    assert.equal(find("outbox item failed", { id, action: "send_message", reason: "REPLY_TARGET_NOT_FOUND" })?.level, "warn");
  });

  test("log has the levels that are asked for, and a logger that throws changes nothing", async () => {
    const quiet = keeper();
    const client = await signedIn(server, 0, { logger: quiet.logger });
    await client.games.listGames({});
    assert.ok(quiet.has("session"), "nothing is logged");
    assert.ok(!quiet.entries.some(({ level }) => level === "debug"), "debug entries are logged");
    const fail = () => assert.fail("a logger that throws");
    const other = await signedIn(server, 1, { logger: { debug: fail, info: fail, warn: fail, error: fail }, logLevel: "debug" });
    await other.games.listGames({});
    await other.session.signOut();
  });

  test("listeners that throw harm nothing, and are logged", async () => {
    const { entries, logger } = keeper();
    const room = await openRoom(leader, "듣는 방");
    const client = await signedIn(server, 0, { logger });
    const onEvent = () => assert.fail("onEvent fails");
    const club = createClub(client, { onEvent, subscribe: { timing: quick } });
    const heard: string[] = [];
    const throws = () => {
      throw new Error("a mistake");
    };
    club.on("message", throws);
    club.on("message", async () => Promise.reject(new Error("a later mistake")));
    const end = club.on("message", ({ content, roomId }, { payload }) => {
      // The state has it already.
      heard.push(`${content} ${payload.case} ${club.room(roomId).getSnapshot()?.room.lastMessage?.content}`);
    });
    club.on("postCreated", ({ post }) => heard.push(post?.title ?? ""));
    club.start();
    await until("the rooms", () => club.connection.getSnapshot().status === "open" && club.rooms.getSnapshot().loaded);
    await say(leader, room, "하나");
    await until("the first", () => heard.length === 1);
    end();
    await say(leader, room, "둘");
    await leader.posts.createPost({ title: "공지", content: "내용", category: 1, requestId: `heard-${process.pid}` });
    await until("the post", () => heard.length === 2);
    assert.deepEqual(heard, ["하나 message 하나", "공지"]);
    const errors = entries.filter(({ level }) => level === "error").map(({ fields: { error } }) => (error as Error).message);
    for (const mistake of ["a mistake", "a later mistake", "onEvent fails"]) {
      assert.ok(errors.includes(mistake), `${mistake} is not logged`);
    }
    assert.equal(club.connection.getSnapshot().status, "open");
    await club.stop();
  });

  test("language can be changed while it runs", async () => {
    const languages: string[] = [];
    const client = await signedIn(server, 0, { language: "en" });
    client.languageState.subscribe(() => languages.push(client.language));
    const room = await openRoom(leader, "언어");
    const club = createClub(client, { subscribe: { timing: quick } });
    club.start();
    await until("the rooms", () => club.room(room).getSnapshot() !== undefined);
    const said = async () => client.fault(await client.games.getGame({ gameId: "nothing" }).catch((e: unknown) => e)).message;
    assert.match(await said(), /^[A-Za-z .]+$/);
    client.setLanguage("ko");
    assert.match(await said(), /[가-힣]/);
    assert.match(client.fault(new TypeError("a mistake")).message, /[가-힣]/);
    assert.deepEqual([client.language, languages], ["ko", ["ko"]]);
    const { client: dead } = { client: await signedIn(server, 1, { language: "ko" }) };
    dead.setLanguage("en");
    await dead.session.signOut();
    const refusal = (await dead.chat.listRooms({}).catch((e: unknown) => e)) as Error;
    assert.match(dead.fault(refusal).message, /^[A-Za-z .]+$/);
    await club.stop();
  });
});
