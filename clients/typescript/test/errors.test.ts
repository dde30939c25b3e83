import { Code, ConnectError } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createClient, faultOf, GameType, isTransient, timestampFromDate } from "../src/index.js";
import type { Client, Fault } from "../src/index.js";
import type { ReasonsByCode } from "../src/gen/dongbaejul/v1/reasons.js";
import type { Reasons } from "../src/errors.js";
import { newGame, openRoom, say, signedIn } from "./support/club.js";
import { freePort, Server } from "./support/server.js";

describe("a fault", () => {
  let server: Server;
  let leader: Client;
  let member: Client;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    member = await signedIn(server, 0, { language: "en" });
  });
  after(() => server.stop());

  const faultFrom = async (client: Client, call: Promise<unknown>): Promise<Fault> => {
    try {
      await call;
    } catch (e) {
      return client.fault(e);
    }
    throw new Error("it went well");
  };

  test("names the fields that are wrong, in the user's language", async () => {
    const wrong = { title: "", gameDate: timestampFromDate(new Date()), duration: 5, maxParticipants: 4, gameType: GameType.DOUBLES };
    const inKorean = await faultFrom(leader, leader.games.createGame(wrong));
    const inEnglish = await faultFrom(member, member.games.createGame(wrong));
    assert.ok(inKorean.kind === "invalid" && inEnglish.kind === "invalid");
    assert.deepEqual(inKorean.fields.map((f) => f.field).sort(), ["duration", "title"]);
    assert.match(inKorean.fields[0]?.message ?? "", /[가-힣]/);
    assert.match(inEnglish.fields[0]?.message ?? "", /^[ -~]+$/);
    assert.ok(inKorean.fields.every((f) => f.rule !== ""));
    assert.ok((inKorean.requestId ?? "") !== "");
  });

  test("has the server's reason and what belongs to it", async () => {
    const missing = await faultFrom(member, member.games.getGame({ gameId: "nothing" }));
    assert.deepEqual([missing.kind, missing.reason], ["not_found", "GAME_NOT_FOUND"]);
    const room = await openRoom(leader);
    const denied = await faultFrom(member, member.chat.createRoom({ type: 1, name: "mine" }));
    assert.deepEqual([denied.kind, denied.reason], ["denied", "PERMISSION_DENIED"]);
    assert.equal(denied.metadata["permission"], "chat.create_global");
    const { id } = await say(leader, room, "hello");
    const others = await faultFrom(member, member.chat.editMessage({ roomId: room, messageId: id, content: "mine" }));
    assert.deepEqual([others.kind, others.reason], ["denied", "NOT_THE_SENDER"]);
    const anonymous = createClient({ baseUrl: server.url });
    assert.equal((await faultFrom(anonymous, anonymous.chat.listRooms({}))).kind, "unauthenticated");
  });

  test("has the game as it is now where somebody else was first", async () => {
    const gameId = await newGame(leader);
    await leader.games.joinGame({ gameId });
    const { game: full } = await member.games.joinGame({ gameId });
    const [one, two] = full?.participants.map((p) => p.userId) ?? [];
    await leader.games.setTeams({ gameId, team1: [one ?? ""], team2: [two ?? ""] });
    const { courts } = await leader.games.listCourts({});
    const { game: started } = await leader.games.startGame({ gameId, courtId: courts[0]?.id ?? "" });
    const score = { gameId, setNumber: 1, team1Score: 3, team2Score: 1, expectedVersion: started?.version ?? 0 };
    await leader.games.updateScore(score);
    const conflict = await faultFrom(member, member.games.updateScore({ ...score, team1Score: 4 }));
    assert.ok(conflict.kind === "aborted");
    assert.equal(conflict.reason, "VERSION_CONFLICT");
    assert.equal(conflict.game?.sets[0]?.team1Score, 3);
    assert.equal(isTransient(conflict), false);
  });

  test("tells a server that is not reached from one that does not answer, and from what was given up", async () => {
    const nowhere = createClient({ baseUrl: `http://127.0.0.1:${await freePort()}`, language: "en" });
    const offline = await faultFrom(nowhere, nowhere.session.startSignIn("dongbaejul://auth"));
    assert.deepEqual([offline.kind, offline.reason, isTransient(offline)], ["offline", "OFFLINE", true]);
    assert.match(offline.message, /connection/);
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const waiting = createClient({ baseUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, timeoutMs: 50 });
    const late = await faultFrom(waiting, waiting.session.startSignIn("dongbaejul://auth"));
    assert.deepEqual([late.kind, late.reason], ["timeout", "DEADLINE_EXCEEDED"]);
    assert.match(late.message, /[가-힣]/);
    silent.closeAllConnections();
    silent.close();
    const given = AbortSignal.abort();
    assert.equal((await faultFrom(member, member.chat.listRooms({}, { signal: given }))).kind, "canceled");
  });

  test("of a proxy in between is one that passes", async () => {
    const proxy = createServer((_, response) => {
      response.writeHead(502, { "Content-Type": "text/html", "Retry-After": "7" }).end("<h1>Bad Gateway</h1>");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const client = createClient({ baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    const fault = await faultFrom(client, client.session.startSignIn("dongbaejul://auth"));
    assert.deepEqual([fault.kind, isTransient(fault), fault.retryAfterMs], ["unavailable", true, 7_000]);
    proxy.close();
  });

  test("is returned for whatever was thrown", () => {
    assert.equal(faultOf(new ConnectError("terminated", Code.Unknown)).kind, "offline");
    assert.equal(faultOf(new ConnectError("reset", Code.Aborted)).kind, "offline");
    assert.equal(faultOf(new ConnectError("internal error", Code.Internal)).kind, "offline");
    assert.equal(faultOf(new Error("a mistake")).kind, "internal");
    assert.equal(faultOf("a mistake").kind, "internal");
    assert.equal(faultOf(undefined, "en").message, "The request could not be processed.");
    assert.deepEqual(
      [faultOf(new ConnectError("HTTP 404", Code.Unimplemented)).reason, faultOf(new ConnectError("", Code.NotFound)).reason],
      ["UNIMPLEMENTED", "NOT_FOUND"],
    );
    const abort = new Error("aborted");
    abort.name = "AbortError";
    assert.equal(faultOf(abort).kind, "canceled");
  });

  test("has a reason of the contract, by its kind", () => {
    // Checked by the compiler: every code that the server refuses with is a kind, and reasons belong to one.
    type Missing = Exclude<ReasonsByCode[Exclude<keyof ReasonsByCode, "canceled" | "deadline_exceeded">], Reasons[keyof Reasons]>;
    const none: Missing[] = [];
    const full: Reasons["precondition"] = "GAME_FULL";
    // @ts-expect-error it is not there that is denied
    const denied: Reasons["denied"] = "GAME_FULL";
    assert.deepEqual([none, full, denied], [[], "GAME_FULL", "GAME_FULL"]);
  });
});
