import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClub, createOutbox, GameStatus, RoomType, selected } from "../src/index.js";
import type { Client, Club, Fetch, MessageView, Readable } from "../src/index.js";
import { Chaos } from "./support/chaos.js";
import { newGame, numbered, openRoom, quick, say, signedIn, userOf } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

describe("a club", () => {
  let server: Server;
  let leader: Client;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
  });
  const clubs = new Set<Club>();
  afterEach(async () => {
    await Promise.all([...clubs].map((club) => club.stop()));
    clubs.clear();
  });
  after(async () => {
    const { openStreams } = await server.stop();
    assert.equal(openStreams, 0, "streams were left open on the server");
  });

  const follow = async (client: Client, options: Parameters<typeof createClub>[1] = {}) => {
    const club = createClub(client, { subscribe: { timing: quick }, ...options });
    clubs.add(club);
    club.start();
    await until("the rooms", () => club.rooms.getSnapshot().loaded && club.me.getSnapshot() !== undefined);
    return club;
  };
  const messages = (club: Club, room: string) => club.messages(room).getSnapshot().messages;
  const contents = (club: Club, room: string) => messages(club, room).map((m) => m.message.content);
  const unread = (club: Club, room: string) => club.room(room).getSnapshot()?.unread;

  test("knows who the user is, what they may do and who is online", async () => {
    const client = await signedIn(server, 0);
    const club = await follow(client);
    assert.equal(club.me.getSnapshot()?.id, userOf(client));
    await until("oneself to be online", () => club.online(userOf(client)).getSnapshot());
    const boss = await follow(leader);
    assert.ok(boss.permissions.getSnapshot().includes("posts.pin"));
    await until("the leader to be online", () => club.online(userOf(leader)).getSnapshot());
    await club.stop();
    assert.equal(club.me.getSnapshot(), undefined);
    assert.equal(club.presence.getSnapshot().size, 0);
    assert.equal(club.connection.getSnapshot().status, "closed");
  });

  test("shows a message at once, then as sent, then by whom it was read", async () => {
    const room = await openRoom(leader, "읽음");
    const [one, two] = [await signedIn(server, 0), await signedIn(server, 1)];
    const [mine, theirs] = [await follow(one), await follow(two)];
    mine.openRoom(room);
    theirs.openRoom(room);
    await until("the room", () => mine.messages(room).getSnapshot().loaded);
    const { id } = mine.sendMessage(room, "안녕하세요");
    const [pending] = messages(mine, room);
    assert.deepEqual([pending?.key, pending?.state, pending?.mine], [id, "sending", true]);
    assert.equal(pending?.message.sender?.displayName, mine.me.getSnapshot()?.displayName);
    await until("it to be sent", () => messages(mine, room)[0]?.state === "sent");
    const [sent] = messages(mine, room);
    assert.deepEqual([sent?.key, messages(mine, room).length], [id, 1]);
    await until("it to arrive", () => unread(theirs, room) === 1);
    assert.equal(unread(mine, room), 0);
    assert.equal(messages(theirs, room)[0]?.mine, false);
    theirs.markRead(room);
    assert.equal(unread(theirs, room), 0);
    // The leader has not read it. Of the other, who came into the room after the list was read, the first word is that they have.
    await until("it to be read", () => mine.room(room).getSnapshot()?.room.participants.length === 3);
    await until("it to be read by one", () => messages(mine, room)[0]?.unreadBy === 1);
    await leader.chat.markRead({ roomId: room, upTo: sent?.message.seq ?? 0n });
    await until("it to be read by all", () => messages(mine, room)[0]?.unreadBy === 0);
  });

  test("shows the newest page of a room that is far ahead, and the rest when asked, with nothing missing or doubled", async () => {
    const chaos = await Chaos.start(server.port);
    const room = await openRoom(leader, "멀리 앞선 방");
    const client = await signedIn(server, 0, { baseUrl: chaos.url });
    const sent: string[] = [];
    const club = await follow(client, {
      onEvent: ({ payload }) => void (payload.case === "message" && payload.value.roomId === room && sent.push(payload.value.content)),
    });
    club.openRoom(room);
    await say(leader, room, "메시지 1");
    await until("the first", () => contents(club, room).length === 1);
    chaos.blackHole(true);
    chaos.cut();
    const want = numbered(560);
    for (const content of want.slice(1)) {
      await say(leader, room, content);
    }
    chaos.blackHole(false);
    chaos.cut();
    await until("the newest", () => contents(club, room).includes("메시지 560"));
    await say(leader, room, "메시지 561");
    want.push("메시지 561");
    await until("what comes", () => contents(club, room).includes("메시지 561"));
    assert.ok(sent.length < 10, `${sent.length} messages were sent one by one`);
    assert.deepEqual(contents(club, room), want.slice(-contents(club, room).length));
    await until("what is unread", () => unread(club, room) === want.length);
    while (club.messages(room).getSnapshot().hasOlder) {
      await club.loadOlder(room);
    }
    assert.deepEqual(contents(club, room), want);
    assert.equal(unread(club, room), (await client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount);
    await club.stop();
    await chaos.close();
  });

  test("loads notifications again that are far ahead, none missing or twice", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 1, { baseUrl: chaos.url });
    const sent: bigint[] = [];
    const club = await follow(client, {
      subscribe: { timing: quick, maxBacklog: 5 },
      onEvent: ({ payload }) => void (payload.case === "notification" && sent.push(payload.value.seq)),
    });
    await until("the notifications", () => club.notifications.getSnapshot().loaded);
    const before = club.notifications.getSnapshot();
    chaos.blackHole(true);
    chaos.cut();
    for (const title of numbered(8)) {
      await leader.notifications.broadcast({ title, body: title });
    }
    chaos.blackHole(false);
    chaos.cut();
    const now = () => club.notifications.getSnapshot();
    await until("them", () => now().notifications.length === before.notifications.length + 8);
    assert.deepEqual(sent, []);
    assert.equal(now().unread, before.unread + 8);
    await leader.notifications.broadcast({ title: "아홉째", body: "아홉째" });
    await until("what comes", () => now().notifications.length === before.notifications.length + 9);
    const seqs = now().notifications.map(({ seq }) => Number(seq));
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => (seqs[0] ?? 0) - i),
    );
    assert.equal(now().unread, before.unread + 9);
    await club.stop();
    await chaos.close();
  });

  test("counts what is unread as the server does", async () => {
    const room = await openRoom(leader, "안 읽음");
    const client = await signedIn(server, 2);
    const club = await follow(client);
    const all = [];
    for (const content of numbered(6)) {
      all.push(await say(leader, room, content));
    }
    await until("all to be counted", () => unread(club, room) === 6);
    await leader.chat.deleteMessage({ roomId: room, messageId: all[1]?.id ?? "" });
    await until("the deleted one to be left out", () => unread(club, room) === 5);
    await say(client, room, "나도");
    // Only the server can count what was not loaded.
    club.markRead(room, all[2]?.seq);
    await until("the rest to be counted", () => unread(club, room) === 3);
    const close = club.openRoom(room);
    await until("the messages", () => club.messages(room).getSnapshot().loaded);
    club.markRead(room, all[4]?.seq);
    assert.equal(unread(club, room), 1);
    await until("the server to know", async () => (await client.chat.listRooms({})).rooms.find((r) => r.id === room)?.unreadCount === 1);
    assert.equal(
      club.rooms.getSnapshot().unread,
      club.rooms.getSnapshot().rooms.reduce((n, r) => n + r.unread, 0),
    );
    // Read on another device.
    await client.chat.markRead({ roomId: room, upTo: 1_000n });
    await until("that to be seen", () => unread(club, room) === 0);
    close();
  });

  test("follows what happens to messages and people", async () => {
    const one = await signedIn(server, 0);
    const { room: group } = await leader.chat.createRoom({ name: "모임", type: RoomType.GROUP, participants: [userOf(one)] });
    const room = group?.id ?? "";
    const two = await signedIn(server, 3);
    const [club, other] = [await follow(one), await follow(two)];
    club.openRoom(room);
    const { id } = await say(leader, room, "처음");
    await until("the message", () => contents(club, room).includes("처음"));
    await leader.chat.editMessage({ roomId: room, messageId: id, content: "고침" });
    await until("the change", () => contents(club, room).includes("고침"));
    await until("the change in the list", () => club.room(room).getSnapshot()?.room.lastMessage?.content === "고침");
    assert.equal(other.room(room).getSnapshot(), undefined);
    await leader.chat.inviteMembers({ roomId: room, participants: [userOf(two)] });
    await until("the newcomer", () => club.room(room).getSnapshot()?.room.participants.length === 3);
    await until("the room", () => other.room(room).getSnapshot() !== undefined);
    await leader.chat.deleteMessage({ roomId: room, messageId: id });
    await until("the deletion", () => messages(club, room)[0]?.message.deleted === true);
    await two.chat.leaveRoom({ roomId: room });
    await until("the room to go", () => other.room(room).getSnapshot() === undefined);
    await until("the leaver to go", () => club.room(room).getSnapshot()?.room.participants.length === 2);
    assert.equal(club.room(room).getSnapshot()?.title, "모임");
    const { room: direct } = await leader.chat.createRoom({ type: RoomType.PRIVATE, participants: [userOf(one)] });
    await until("the private room", () => club.room(direct?.id ?? "").getSnapshot() !== undefined);
    assert.equal(club.room(direct?.id ?? "").getSnapshot()?.title, (await leader.users.getProfile({})).user?.displayName);
  });

  test("believes the stream about rooms that were joined and left while the list was on its way", async () => {
    let [release, answered] = [() => {}, () => {}];
    const held = new Promise<void>((resolve) => (release = resolve));
    const listed = new Promise<void>((resolve) => (answered = resolve));
    const slow: Fetch = async (url: string, init: RequestInit) => {
      const response = await fetch(url, init);
      if (url.endsWith("/ListRooms")) {
        answered();
        await held;
      }
      return response;
    };
    const client = await signedIn(server, 4, { fetch: slow });
    const open = async (name: string, ...participants: string[]) =>
      (await leader.chat.createRoom({ name, type: RoomType.GROUP, participants })).room?.id ?? "";
    const other = userOf(await signedIn(server, 5));
    const [left, joined] = [await open("나간 모임", userOf(client), other), await open("들어간 모임", other)];
    const club = createClub(client, { subscribe: { timing: quick } });
    clubs.add(club);
    const heard = new Set<string>();
    club.on("roomJoined", ({ room }) => heard.add(room?.id ?? ""));
    club.on("roomLeft", ({ roomId }) => heard.add(roomId));
    club.start();
    await listed;
    await leader.chat.inviteMembers({ roomId: joined, participants: [userOf(client)] });
    await leader.chat.removeMember({ roomId: left, userId: userOf(client) });
    await until("both to be heard of", () => heard.has(joined) && heard.has(left));
    release();
    await until("the list", () => club.rooms.getSnapshot().loaded);
    assert.deepEqual(
      [joined, left].map((id) => club.room(id).getSnapshot() !== undefined),
      [true, false],
    );
  });

  test("shows who is typing, until they stop or send", async () => {
    const room = await openRoom(leader, "입력 중");
    const [one, two] = [await signedIn(server, 0), await signedIn(server, 1)];
    const [mine, theirs] = [await follow(one), await follow(two)];
    mine.setTyping(room, true);
    mine.setTyping(room, true);
    await until("it to be seen", () => theirs.typing(room).getSnapshot().length === 1);
    assert.deepEqual(theirs.typing(room).getSnapshot(), [userOf(one)]);
    mine.setTyping(room, false);
    await until("the end to be seen", () => theirs.typing(room).getSnapshot().length === 0);
    mine.setTyping(room, true);
    await until("it to be seen again", () => theirs.typing(room).getSnapshot().length === 1);
    mine.sendMessage(room, "다 썼어요");
    await until("the end to be seen", () => theirs.typing(room).getSnapshot().length === 0);
    assert.deepEqual(mine.typing(room).getSnapshot(), []);
  });

  test("loads older messages, and keeps no more than it should", async () => {
    const room = await openRoom(leader, "긴 방");
    const want = numbered(130);
    for (const content of want) {
      await say(leader, room, content);
    }
    const client = await signedIn(server, 0);
    const club = await follow(client, { maxMessages: 60, maxClosedMessages: 10 });
    const close = club.openRoom(room);
    await until("the newest", () => contents(club, room).length === 50);
    assert.deepEqual(contents(club, room), want.slice(-50));
    assert.equal(club.messages(room).getSnapshot().hasOlder, true);
    await Promise.all([club.loadOlder(room), club.loadOlder(room)]);
    assert.deepEqual(contents(club, room), want.slice(-100));
    await club.loadOlder(room);
    assert.deepEqual(contents(club, room), want);
    assert.equal(club.messages(room).getSnapshot().hasOlder, false);
    close();
    assert.deepEqual(contents(club, room), want.slice(-10));
    assert.equal(club.messages(room).getSnapshot().hasOlder, true);
    for (const content of ["새 글 1", "새 글 2"]) {
      await say(leader, room, content);
    }
    await until("the new ones", () => contents(club, room).includes("새 글 2"));
    assert.deepEqual(contents(club, room), [...want.slice(-8), "새 글 1", "새 글 2"]);
  });

  test("does not show again what was sent before those that it keeps", async () => {
    const room = await openRoom(leader, "다시 온 방");
    const client = await signedIn(server, 0);
    const club = await follow(client, { maxClosedMessages: 10 });
    const close = club.openRoom(room);
    await until("the room", () => club.messages(room).getSnapshot().loaded);
    const sent = (content: string) => messages(club, room).some((m) => m.message.content === content && m.state === "sent");
    club.sendMessage(room, "가기 전에");
    await until("the first to be sent", () => sent("가기 전에"));
    close();
    const want = numbered(12);
    for (const content of want) {
      await say(leader, room, content);
    }
    await until("the others'", () => contents(club, room).includes("메시지 12"));
    club.openRoom(room);
    club.sendMessage(room, "와서");
    await until("the second to be sent", () => sent("와서"));
    assert.deepEqual(contents(club, room), [...want.slice(-10), "와서"]);
    await club.loadOlder(room);
    assert.deepEqual(contents(club, room), ["가기 전에", ...want, "와서"]);
  });

  test("has everything after cuts, each once, and what was sent meanwhile", async () => {
    const room = await openRoom(leader, "끊김");
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 0, { baseUrl: chaos.url });
    const club = await follow(client, { outbox: createOutbox(client, { minDelayMs: 2, maxDelayMs: 20 }) });
    club.openRoom(room);
    await until("the room", () => club.messages(room).getSnapshot().loaded);
    // What is missing comes in one frame: some connections must live long enough for it.
    chaos.cutAfter = () => Math.floor(Math.random() * 60_000);
    const theirs = numbered(40);
    const mine = numbered(40).map((m) => `나의 ${m}`);
    for (let i = 0; i < 40; i++) {
      club.sendMessage(room, mine[i] ?? "");
      await say(leader, room, theirs[i] ?? "");
      if (i % 10 === 9) {
        chaos.cut();
      }
    }
    await until("everything", () => messages(club, room).filter((m) => m.state === "sent").length === 80, 30_000);
    chaos.cutAfter = undefined;
    const { messages: kept } = await leader.chat.listMessages({ roomId: room, limit: 100 });
    assert.deepEqual(contents(club, room), kept.map((m) => m.content).reverse());
    assert.deepEqual(
      contents(club, room).filter((c) => mine.includes(c)),
      mine,
    );
    assert.ok(chaos.cuts > 4, `only ${chaos.cuts} cuts`);
    await club.outbox.close();
    await chaos.close();
  });

  test("keeps what is refused beside the messages, to be tried again or dropped", async () => {
    const room = await openRoom(leader, "거절");
    const client = await signedIn(server, 0);
    const club = await follow(client);
    club.openRoom(room);
    await until("the room", () => club.messages(room).getSnapshot().loaded);
    const { id } = club.sendMessage(room, "답장", { replyTo: "nothing" });
    const shown = () => messages(club, room).find((m) => m.key === id);
    await until("the refusal", () => shown()?.state === "failed");
    const item = shown()?.item;
    assert.equal(item?.state === "failed" && item.fault.reason, "REPLY_TARGET_NOT_FOUND");
    club.sendMessage(room, "그냥 글");
    await until("the next one", () => messages(club, room).some((m) => m.state === "sent"));
    assert.equal(messages(club, room).at(-1)?.key, id, "what failed is not last");
    club.outbox.drop(id);
    assert.equal(shown(), undefined);
  });

  test("shows a change to a message in its place once it is made, and by itself only where it is refused", async () => {
    const room = await openRoom(leader, "고치는 방");
    let hold: Promise<void> | undefined;
    const slow: Fetch = async (url: string, init: RequestInit) => {
      if (/EditMessage|DeleteMessage/.test(url)) {
        await hold;
      }
      return fetch(url, init);
    };
    const client = await signedIn(server, 0, { fetch: slow });
    const club = await follow(client);
    club.openRoom(room);
    const theirs = await say(leader, room, "남의 글");
    const mine = await say(client, room, "내 글");
    await until("both", () => contents(club, room).length === 2);
    let go = () => {};
    hold = new Promise((resolve) => (go = resolve));
    club.outbox.add({ kind: "edit_message", roomId: room, messageId: mine.id, content: "고친 글" });
    club.outbox.add({ kind: "delete_message", roomId: room, messageId: mine.id });
    const { item } = club.outbox.add({ kind: "edit_message", roomId: room, messageId: theirs.id, content: "고칠 수 없는 글" });
    assert.deepEqual(contents(club, room), ["남의 글", "내 글"]);
    go();
    await until("the refusal", () => messages(club, room).length === 3);
    const [, deleted, refused] = messages(club, room);
    assert.equal(deleted?.message.deleted, true);
    assert.deepEqual([refused?.key, refused?.state, refused?.message.content], [item.id, "failed", "고칠 수 없는 글"]);
    club.outbox.drop(item.id);
    assert.equal(messages(club, room).length, 2);
  });

  test("shows games as they are, and as they will be", async () => {
    let hold: Promise<void> | undefined;
    const slow: Fetch = async (url: string, init: RequestInit) => {
      if (/JoinGame|UpdateScore/.test(url)) {
        await hold;
      }
      return fetch(url, init);
    };
    const client = await signedIn(server, 4, { fetch: slow });
    const club = await follow(client);
    const gameId = await newGame(leader);
    await until("the game", () => club.game(gameId).getSnapshot() !== undefined);
    let go = () => {};
    hold = new Promise((resolve) => (go = resolve));
    club.outbox.add({ kind: "join_game", gameId });
    const view = () => club.game(gameId).getSnapshot();
    assert.deepEqual([view()?.game.participants.length, view()?.shown.participants.length, view()?.pending.length], [0, 1, 1]);
    go();
    await until("the answer", () => view()?.game.participants.length === 1 && view()?.pending.length === 0);
    await leader.games.joinGame({ gameId });
    await until("the other", () => view()?.game.participants.length === 2);
    const third = await signedIn(server, 5);
    await third.games.joinGame({ gameId });
    await until("who waits", () => view()?.game.waitingList.length === 1);
    await leader.games.leaveGame({ gameId });
    await until("who moves up", () => view()?.game.waitingList.length === 0 && view()?.game.participants[1]?.userId === userOf(third));
    await leader.games.setTeams({ gameId, team1: [userOf(client)], team2: [userOf(third)] });
    const courtId = (await leader.games.createCourt({ name: "동호회" })).court?.id ?? "";
    await leader.games.startGame({ gameId, courtId });
    await until("the start", () => view()?.game.status === GameStatus.ONGOING);
    hold = new Promise((resolve) => (go = resolve));
    const expectedVersion = view()?.game.version ?? 0;
    for (const team1Score of [1, 2, 3]) {
      club.outbox.add({ kind: "update_score", gameId, setNumber: 1, team1Score, team2Score: 0, expectedVersion });
    }
    assert.deepEqual([view()?.game.sets.length, view()?.shown.sets[0]?.team1Score], [0, 3]);
    go();
    await until("the score", () => view()?.game.sets[0]?.team1Score === 3 && view()?.pending.length === 0);
    assert.deepEqual(view()?.game, (await client.games.getGame({ gameId })).game && view()?.game);
    await leader.games.updateScore({ gameId, setNumber: 1, team1Score: 2, team2Score: 0 });
    await until("who corrected it", () => view()?.game.corrections.length === 1);
    const same = (await client.games.getGame({ gameId })).game;
    assert.deepEqual({ ...view()?.game, updatedAt: undefined }, { ...same, updatedAt: undefined });
    await leader.games.cancelGame({ gameId });
    await until("the end", () => view()?.game.status === GameStatus.CANCELLED);
    assert.ok(club.games.getSnapshot().games.some((g) => g.id === gameId));
  });

  test("counts notifications, and loads older ones", async () => {
    const client = await signedIn(server, 6);
    for (const title of numbered(60)) {
      await leader.notifications.broadcast({ title });
    }
    const club = await follow(client);
    await until("the notifications", () => club.notifications.getSnapshot().loaded);
    assert.deepEqual([club.notifications.getSnapshot().notifications.length, club.notifications.getSnapshot().unread], [50, 60]);
    await leader.notifications.broadcast({ title: "하나 더" });
    await until("the new one", () => club.notifications.getSnapshot().notifications[0]?.title === "하나 더");
    assert.equal(club.notifications.getSnapshot().unread, 61);
    await club.loadOlderNotifications();
    const { notifications, hasOlder } = club.notifications.getSnapshot();
    assert.deepEqual([notifications.length, hasOlder], [61, false]);
    assert.equal(new Set(notifications.map((n) => n.id)).size, 61);
    await club.markNotificationsRead(notifications[1]?.seq);
    assert.equal(club.notifications.getSnapshot().unread, 1);
    await club.markNotificationsRead();
    assert.equal((await client.notifications.listNotifications({})).unreadCount, 0);
  });

  test("returns the same snapshot until something changes, and tells only those whom it concerns", async () => {
    const [here, there] = [await openRoom(leader, "여기"), await openRoom(leader, "저기")];
    const client = await signedIn(server, 0);
    const club = await follow(client);
    club.openRoom(here);
    club.openRoom(there);
    await until("both rooms", () => [here, there].every((id) => club.messages(id).getSnapshot().loaded));
    const old = await say(leader, here, "먼저");
    await until("the first", () => messages(club, here).length === 1);
    const parts: Readable<unknown>[] = [
      club.rooms,
      club.room(here),
      club.messages(here),
      club.games,
      club.presence,
      club.notifications,
      club.me,
    ];
    parts.forEach((part) => assert.equal(part.getSnapshot(), part.getSnapshot()));
    const changes = { there: 0, room: 0, games: 0, first: 0 };
    const first = selected(club.messages(here), (list): MessageView | undefined => list.messages[0]);
    const off = [
      club.messages(there).subscribe(() => changes.there++),
      club.room(there).subscribe(() => changes.room++),
      club.games.subscribe(() => changes.games++),
      first.subscribe(() => changes.first++),
    ];
    const before = { view: messages(club, here)[0], there: club.messages(there).getSnapshot() };
    await say(leader, here, "나중");
    await until("the second", () => messages(club, here).length === 2);
    assert.equal(messages(club, here)[0], before.view, "a message that is as it was is another object");
    assert.equal(club.messages(there).getSnapshot(), before.there);
    assert.deepEqual(changes, { there: 0, room: 0, games: 0, first: 0 });
    await leader.chat.editMessage({ roomId: here, messageId: old.id, content: "고침" });
    await until("the change", () => changes.first === 1);
    off.forEach((f) => f());
  });

  test("changes with who is signed in", async () => {
    const room = await openRoom(leader, "사람");
    const client = await signedIn(server, 0);
    const club = await follow(client);
    club.openRoom(room);
    await until("the room", () => club.messages(room).getSnapshot().loaded);
    await client.session.signOut();
    await until("it to be over", () => club.connection.getSnapshot().status === "closed");
    assert.deepEqual(club.rooms.getSnapshot().rooms, []);
    await server.signIn(client, (await server.members()).filter((m) => m.role === "member")[1]);
    await until("it to go on", () => club.connection.getSnapshot().status === "open" && club.messages(room).getSnapshot().loaded);
    await until("the other", () => club.me.getSnapshot()?.id === userOf(client));
  });

  test("loads nothing any more once nobody is signed in", async () => {
    const away: Fetch = (url: string, init: RequestInit) => (url.endsWith("/Subscribe") ? new Promise(() => {}) : fetch(url, init));
    const client = await signedIn(server, 0, { fetch: away });
    const club = createClub(client, { subscribe: { timing: quick } });
    clubs.add(club);
    club.start();
    await until("the games to be waited for", () => club.games.getSnapshot().loading);
    await client.session.signOut();
    assert.deepEqual(club.games.getSnapshot(), { loaded: false, fromCache: false, loading: false, games: [] });
    assert.equal(club.rooms.getSnapshot().loading, false);
    assert.equal(club.messages("any").getSnapshot().loading, false);
  });

  test("calls onEvent with every event of a batch, though it throws", async () => {
    const got: string[] = [];
    const client = await signedIn(server, 0);
    const club = await follow(client, {
      onEvent: (event) => {
        got.push(event.payload.case ?? "");
        throw new Error("a mistake");
      },
    });
    await until("the presence", () => got.includes("presence"));
    assert.ok(got.includes("hello"));
    const room = await openRoom(leader);
    await Promise.all(numbered(5).map((content) => say(leader, room, content)));
    await until("the messages", () => got.filter((name) => name === "message").length === 5);
  });

  test("goes on where another of its name has ended it, when it is asked to", async () => {
    const client = await signedIn(server, 0);
    const subscribe = { deviceId: "telephone", timing: quick };
    const [old, newer] = [await follow(client, { subscribe }), await follow(client, { subscribe })];
    await until("the old one to end", () => old.connection.getSnapshot().status === "closed");
    await newer.stop();
    await delay(20);
    old.reconnect();
    await until("it to go on", () => old.connection.getSnapshot().status === "open");
  });
});
