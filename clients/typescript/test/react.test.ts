import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createElement, useEffect, useState } from "react";
import { createClient, createClub, createOutbox, memoryStorage, PostCategory, SyncState, UploadPurpose } from "../src/index.js";
import type { Client, Club, Fetch, MessageView, Readable } from "../src/index.js";
import {
  useAlbumPhotos,
  useAlbums,
  useClubEvent,
  useConnection,
  useGame,
  useGames,
  useMe,
  useMembers,
  useMessages,
  useNotifications,
  useOnline,
  useOutbox,
  useOutboxActions,
  usePermission,
  usePresence,
  useProfile,
  useRoom,
  useRooms,
  useSelected,
  useSession,
  useSync,
  useTyping,
  useUpload,
  useUserId,
} from "../src/react/index.js";
import type { Permission } from "../src/react/index.js";
import { createOfflineCache } from "../src/offline/index.js";
import { newGame, openRoom, quick, say, signedIn, userOf } from "./support/club.js";
import { png } from "./support/pictures.js";
import { mount, use } from "./support/react.js";
import type { Mounted } from "./support/react.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

describe("hooks under StrictMode", () => {
  let server: Server;
  let leader: Client;
  const mounted = new Set<Mounted>();
  const rejected: unknown[] = [];
  const noteRejection = (reason: unknown) => void rejected.push(reason);
  before(async () => {
    process.on("unhandledRejection", noteRejection);
    server = await Server.start();
    leader = await signedIn(server, "leader");
  });
  afterEach(() => {
    mounted.forEach((m) => m.unmount());
    mounted.clear();
    assert.deepEqual(rejected, [], "promises were rejected that nobody looks at");
  });
  after(async () => {
    const { openStreams } = await server.stop();
    process.off("unhandledRejection", noteRejection);
    assert.equal(openStreams, 0, "streams were left open on the server");
  });

  const clubOf = (client: Client, options: Parameters<typeof createClub>[1] = {}): Club =>
    createClub(client, { subscribe: { timing: quick }, ...options });
  const keep = <M extends Mounted>(m: M): M => {
    mounted.add(m);
    return m;
  };
  const hook = <T>(client: Client, f: () => T, club = clubOf(client)) => keep(use(client, club, f));
  const member = (n: number, options: Parameters<typeof signedIn>[2] = {}) => signedIn(server, n, options);

  test("a sign-in that is completed twice happens once, and signing out ends it", async () => {
    const client = createClient({ baseUrl: server.url });
    const club = clubOf(client);
    const answer = await consent(server, client);
    const before = server.calls("CompleteBandLogin");
    const faults: unknown[] = [];
    const session = keep(
      use(client, club, () => {
        const session = useSession();
        const { completeSignIn } = session;
        useEffect(() => void completeSignIn(answer).catch((e: unknown) => faults.push(e)), [completeSignIn]);
        return session;
      }),
    );
    const me = keep(use(client, club, () => ({ me: useMe(), id: useUserId() })));
    await until("somebody to be signed in", () => session.now.status === "signed_in");
    await until("the profile", () => me.now.me !== undefined && me.now.me.id === me.now.id);
    assert.deepEqual(faults, []);
    await session.now.signOut();
    await until("nobody to be signed in", () => session.now.status === "signed_out" && me.now.me === undefined);
    assert.equal(new Set(session.seen.map(({ signOut }) => signOut)).size, 1, "the action has changed");
    await until("the call to be logged", () => server.calls("CompleteBandLogin") > before);
    assert.equal(server.calls("CompleteBandLogin"), before + 1);
  });

  test("a club is started once, and stops when its provider unmounts", async () => {
    const client = await member(0);
    const club = clubOf(client);
    const connection = hook(client, useConnection, club);
    await until("the connection", () => connection.now.status === "open");
    assert.equal(new Set(connection.seen.map(({ reconnect }) => reconnect)).size, 1, "the action has changed");
    connection.unmount();
    await until("the end of it", () => club.connection.getSnapshot().status === "closed");
    // And again below another provider.
    const again = hook(client, useConnection, club);
    await until("the connection again", () => again.now.status === "open");
  });

  test("the outbox sends each thing once, and its items are shown", async () => {
    const room = await openRoom(leader, "한 번만");
    const storage = memoryStorage();
    const client = await member(1);
    const outbox = createOutbox(client, { storage });
    const club = clubOf(client, { outbox });
    const shown = keep(
      mount(client, club, function Sender() {
        const { add } = useOutboxActions();
        const { items, waiting } = useOutbox();
        const [added, setAdded] = useState(false);
        const { isLoaded } = useRooms();
        useEffect(() => {
          if (isLoaded && !added) {
            setAdded(true);
            add({ kind: "send_message", roomId: room, content: "안녕하세요" });
          }
        }, [isLoaded, added, add]);
        return createElement("p", null, `${items.length} ${waiting} ${items.map(({ state }) => state).join()}`);
      }),
    );
    await until("it to be sent", () => shown.text() === "1 0 sent");
    const { messages } = await leader.chat.listMessages({ roomId: room });
    assert.deepEqual(
      messages.map(({ content }) => content),
      ["안녕하세요"],
    );
    await outbox.close();
  });

  test("messages come in either order, in arrays that stay until something changes", async () => {
    const room = await openRoom(leader, "차례");
    const client = await member(0);
    const club = clubOf(client);
    const up = hook(client, () => useMessages(room), club);
    const down = hook(client, () => useMessages(room, { order: "newest" }), club);
    const other = hook(client, () => useMessages(room, { order: "newest" }), club);
    const contents = (of: { messages: readonly MessageView[] }) => of.messages.map(({ message }) => message.content);
    await until("the room", () => up.now.isLoaded && down.now.isLoaded);
    assert.equal(down.now.send("하나")?.lane, `room/${room}`);
    up.now.send("둘");
    await until("both to be sent", () => up.now.messages.filter(({ state }) => state === "sent").length === 2);
    await until("the same below", () => down.now.messages.every(({ state }) => state === "sent"));
    assert.deepEqual([contents(up.now), contents(down.now)], [
      ["하나", "둘"],
      ["둘", "하나"],
    ]);
    await until("the same array", () => other.now.messages === down.now.messages);
    const [first] = up.now.messages;
    await say(leader, room, "셋");
    await until("the third", () => up.now.messages.length === 3);
    assert.equal(up.now.messages[0], first, "an item that has not changed is another one");
    for (const name of ["send", "loadOlder", "markRead"] as const) {
      assert.equal(new Set(down.seen.map((value) => value[name])).size, 1, `${name} has changed`);
    }
  });

  test("older messages are loaded with their state, and what fails is an error to show", async () => {
    const room = await openRoom(leader, "오래된 대화");
    for (let i = 1; i <= 60; i++) {
      await say(leader, room, `${i}`);
    }
    let offline = false;
    const faulty: Fetch = (url, init) =>
      offline && String(url).endsWith("/ListMessages") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    const client = await member(0, { fetch: faulty });
    const list = hook(client, () => useMessages(room, { order: "newest" }));
    await until("the newest", () => list.now.isLoaded && list.now.messages.length === 50);
    assert.deepEqual([list.now.hasOlder, list.now.isLoadingOlder, list.now.error], [true, false, undefined]);
    offline = true;
    await list.now.loadOlder();
    await until("the error", () => list.now.error?.kind === "offline");
    assert.deepEqual([list.now.messages.length, list.now.isLoadingOlder, list.now.hasOlder], [50, false, true]);
    offline = false;
    const [one, two] = [list.now.loadOlder(), list.now.loadOlder()];
    assert.equal(one, two, "it was asked for twice at once");
    await one;
    await until("all of them", () => list.now.messages.length === 60 && !list.now.isLoadingOlder);
    assert.ok(list.seen.some(({ isLoadingOlder }) => isLoadingOlder));
    assert.deepEqual([list.now.hasOlder, list.now.error], [false, undefined]);
    assert.equal(list.now.messages.at(-1)?.message.content, "1");
  });

  test("another room has its own state", async () => {
    const [long, short] = [await openRoom(leader, "긴 방"), await openRoom(leader, "짧은 방")];
    for (let i = 1; i <= 51; i++) {
      await say(leader, long, `${i}`);
    }
    const faulty: Fetch = async (url, init) => {
      const body = typeof init?.body === "string" ? init.body : new TextDecoder().decode(init?.body as Uint8Array);
      return String(url).endsWith("/ListMessages") && body.includes("before") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    };
    const client = await member(0, { fetch: faulty });
    let go: (room: string) => void = () => {};
    const list = hook(client, () => {
      const [room, setRoom] = useState(long);
      go = setRoom;
      return useMessages(room);
    });
    await until("the long room", () => list.now.isLoaded);
    await list.now.loadOlder();
    await until("the error", () => list.now.error !== undefined);
    go(short);
    await until("the short room", () => list.now.isLoaded && list.now.messages.length === 0);
    assert.equal(list.now.error, undefined);
  });

  test("rooms, one of them, who types in it and what is unread", async () => {
    const room = await openRoom(leader, "모두");
    const [one, two] = [await member(0), await member(1)];
    const [mine, theirs] = [clubOf(one), clubOf(two)];
    const rooms = hook(one, useRooms, mine);
    const single = hook(one, () => useRoom(room), mine);
    const none = hook(one, () => useRoom("nothing"), mine);
    const typing = hook(one, () => useTyping(room), mine);
    const theirTyping = hook(two, () => useTyping(room), theirs);
    const theirList = hook(two, () => useMessages(room), theirs);
    await until("the rooms", () => rooms.now.isLoaded && theirList.now.isLoaded && typing.seen.length > 0);
    assert.equal(single.now.room?.title, "모두");
    assert.deepEqual([none.now.room, none.now.isLoaded], [undefined, true]);
    theirTyping.now.setTyping(true);
    await until("them to type", () => typing.now.typing.includes(userOf(two)));
    theirTyping.unmount();
    await until("them to stop", () => typing.now.typing.length === 0, 5_000);
    await say(leader, room, "새 소식");
    await until("it to be unread", () => single.now.room?.unread === 1 && rooms.now.unread >= 1);
    const list = hook(one, () => useMessages(room), mine);
    await until("it to be shown", () => list.now.messages.length === 1);
    list.now.markRead();
    await until("it to be read", () => single.now.room?.unread === 0);
  });

  test("games, and one that is not among them", async () => {
    const id = await newGame(leader);
    const client = await member(0);
    const club = clubOf(client);
    const games = hook(client, useGames, club);
    const game = hook(client, () => useGame(id), club);
    const missing = hook(client, () => useGame("nothing"), club);
    const { add } = hook(client, () => useOutboxActions(), club).now;
    await until("the games", () => games.now.isLoaded && game.now.isLoaded);
    assert.ok(games.now.games.includes(game.now.game as (typeof games.now.games)[number]));
    await until("the error", () => missing.now.error?.kind === "not_found");
    assert.equal(missing.now.isLoading, false);
    await missing.now.reload();
    add({ kind: "join_game", gameId: id });
    await until("the user to be in it", () => game.now.game?.game.participants.some((p) => p.userId === userOf(client)) === true);
    // Over since before the program ran: it is loaded by itself.
    await leader.games.cancelGame({ gameId: id });
    const other = hook(await member(2), () => useGame(id));
    await until("it to be loaded", () => other.now.game?.id === id);
  });

  test("a game that cannot be loaded now is loaded while the connection stays open", async () => {
    const id = await newGame(leader);
    await leader.games.cancelGame({ gameId: id });
    let failures = 0;
    const faulty: Fetch = (url, init) =>
      String(url).endsWith("/GetGame") && failures < 2 ? (failures++, Promise.reject(new TypeError("fetch failed"))) : fetch(url, init);
    const game = hook(await member(0, { fetch: faulty }), () => ({ ...useGame(id), status: useConnection().status }));
    await until("it to be loaded", () => game.now.game?.id === id);
    assert.equal(failures, 2);
    assert.equal(game.now.error, undefined);
    const opened = game.seen.findIndex(({ status }) => status === "open");
    assert.ok(game.seen.slice(opened).every(({ status }) => status === "open"), "the connection was opened again");
  });

  test("what failed for one user is not an error of the next", async () => {
    const room = await openRoom(leader, "다음 사람");
    let offline = false;
    const faulty: Fetch = (url, init) =>
      offline && String(url).endsWith("/MarkNotificationsRead") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    const client = await member(1, { fetch: faulty });
    const all = hook(client, () => ({
      messages: useMessages(room),
      game: useGame("nothing"),
      notifications: useNotifications(),
      outbox: useOutbox(),
      status: useConnection().status,
    }));
    await until("the error of the game", () => all.now.game.error?.kind === "not_found");
    await leader.notifications.broadcast({ title: "정모", body: "" });
    await until("something to mark", () => all.now.notifications.unread > 0);
    offline = true;
    await all.now.notifications.markRead();
    await until("the error of the notifications", () => all.now.notifications.error?.kind === "offline");
    await client.session.signOut();
    await until("the end of the connection", () => all.now.status === "closed");
    all.now.messages.send("누구?");
    all.now.outbox.add({ kind: "join_game", gameId: "nothing" });
    await until("what is refused to nobody", () => all.now.messages.error !== undefined && all.now.outbox.error !== undefined);
    const held = all.seen.length;
    await server.signIn(client, (await server.members()).filter(({ role }) => role === "member")[2]);
    await until("the next user", () => all.now.status === "open" && all.now.game.error !== undefined);
    assert.deepEqual([all.now.messages.error, all.now.notifications.error, all.now.outbox.error], [undefined, undefined, undefined]);
    const errors = all.seen.slice(held).filter(({ status }) => status === "connecting").map(({ game }) => game.error);
    assert.ok(errors.every((error) => error === undefined), "the error of another user's game is shown");
  });

  test("notifications, older ones and what cannot be marked", async () => {
    let refuse = false;
    const faulty: Fetch = (url, init) =>
      refuse && String(url).endsWith("/MarkNotificationsRead") ? Promise.reject(new TypeError("fetch failed")) : fetch(url, init);
    const client = await member(0, { fetch: faulty });
    for (let i = 1; i <= 51; i++) {
      await leader.notifications.broadcast({ title: `${i}`, body: "" });
    }
    const list = hook(client, useNotifications);
    await until("the newest", () => list.now.isLoaded && list.now.notifications.length === 50);
    const { unread } = list.now;
    assert.ok(list.now.hasOlder && unread >= 51);
    await list.now.loadOlder();
    await until("older ones", () => list.now.notifications.length > 50 && !list.now.isLoadingOlder);
    refuse = true;
    await list.now.markRead();
    await until("the error", () => list.now.error?.kind === "offline");
    refuse = false;
    await list.now.markRead();
    await until("all to be read", () => list.now.unread === 0 && list.now.error === undefined);
  });

  test("permissions are those that the server knows", async () => {
    const all: Record<Permission, true> = {
      "posts.pin": true,
      "posts.moderate": true,
      "games.manage": true,
      "chat.moderate": true,
      "chat.create_global": true,
      "notifications.broadcast": true,
      "members.manage": true,
      "band.sync": true,
    };
    const { permissions } = await leader.auth.verifyToken({});
    assert.deepEqual([...permissions].sort(), Object.keys(all).sort(), "the type Permission is not what the server knows");
    const client = await member(0);
    const may = hook(client, () => ({ manages: usePermission("games.manage"), pins: usePermission("posts.pin") }));
    const boss = hook(leader, () => ({ manages: usePermission("games.manage") }));
    await until("the leader to be known", () => boss.now.manages);
    assert.deepEqual(may.now, { manages: false, pins: false });
  });

  test("who is online", async () => {
    const [one, two] = [await member(3), await member(4)];
    const online = hook(one, () => ({ one: useOnline(userOf(two)), all: usePresence() }));
    await until("oneself to be online", () => online.now.all.has(userOf(one)));
    assert.equal(online.now.one, false);
    hook(two, useConnection);
    await until("the other to be online", () => online.now.one && online.now.all.has(userOf(two)));
  });

  test("what the outbox does not take is an error to show", async () => {
    const client = createClient({ baseUrl: server.url });
    await client.session.ready();
    const club = clubOf(client);
    const outbox = hook(client, useOutbox, club);
    const list = hook(client, () => useMessages("nothing"), club);
    const reported: string[] = [];
    const actions = keep(use(client, club, () => useOutboxActions((fault) => reported.push(fault.kind))));
    await until("the hooks", () => outbox.seen.length > 0 && list.seen.length > 0 && actions.seen.length > 0);
    assert.equal(outbox.now.add({ kind: "join_game", gameId: "x" }), undefined);
    assert.equal(list.now.send("안녕"), undefined);
    assert.equal(actions.now.add({ kind: "join_game", gameId: "x" }), undefined);
    assert.deepEqual(reported, ["unauthenticated"]);
    await until("the errors", () => outbox.now.error?.kind === "unauthenticated" && list.now.error?.kind === "unauthenticated");
    list.now.markRead();
  });

  test("what was kept is shown without a network, and marked", async () => {
    const room = await openRoom(leader, "꺼진 체육관");
    const [tokens, storage] = [memoryStorage(), memoryStorage()];
    const first = await member(0, { tokens });
    const one = clubOf(first, { cache: createOfflineCache(first, { storage }) });
    const before = hook(first, () => ({ rooms: useRooms(), members: useMembers(), me: useProfile(), messages: useMessages(room) }), one);
    before.now.messages.send("보이나요?");
    await until("all to be loaded", () => before.now.rooms.isLoaded && before.now.members.isLoaded && before.now.me.isLoaded && before.now.messages.messages[0]?.state === "sent");
    assert.deepEqual([before.now.rooms.fromCache, before.now.members.fromCache, before.now.me.fromCache], [false, false, false]);
    before.unmount();
    await one.stop();
    const dead: Fetch = () => Promise.reject(new TypeError("fetch failed"));
    const second = createClient({ baseUrl: server.url, tokens, fetch: dead });
    const two = clubOf(second, { cache: createOfflineCache(second, { storage }) });
    const after = hook(second, () => ({ rooms: useRooms(), room: useRoom(room), members: useMembers(), me: useProfile(), messages: useMessages(room) }), two);
    await until("what was kept", () => after.now.rooms.isLoaded && after.now.messages.messages.length > 0);
    assert.deepEqual(
      [after.now.rooms.fromCache, after.now.room.fromCache, after.now.members.fromCache, after.now.me.fromCache],
      [true, true, true, true],
    );
    assert.equal(after.now.me.user?.id, userOf(second));
    assert.deepEqual(after.now.me.permissions, before.now.me.permissions);
    assert.equal(after.now.messages.messages[0]?.message.content, "보이나요?");
    assert.ok(after.now.members.members.length > 0);
  });

  test("events are passed to the listener of the latest render, until it unmounts", async () => {
    const client = await member(0);
    const club = clubOf(client);
    const heard: string[] = [];
    const direct: string[] = [];
    const end = club.on("postCreated", ({ post }) => direct.push(post?.title ?? ""));
    let count: (n: number) => void = () => {};
    let rendered = 0;
    const listening = hook(
      client,
      () => {
        const [n, setN] = useState(0);
        count = setN;
        useClubEvent("postCreated", ({ post }) => heard.push(`${n} ${post?.title}`));
        useEffect(() => void (rendered = n), [n]);
        return useConnection().status;
      },
      club,
    );
    await until("the connection", () => listening.now === "open");
    const write = (title: string) => leader.posts.createPost({ title, content: "내용", category: PostCategory.FREE });
    await write("하나");
    await until("the first", () => heard.length === 1);
    count(1);
    await until("the next render", () => rendered === 1);
    await write("둘");
    await until("the second", () => heard.length === 2);
    end();
    await write("셋");
    await until("the third", () => heard.length === 3);
    assert.deepEqual(heard, ["0 하나", "1 둘", "1 셋"]);
    assert.deepEqual(direct, ["하나", "둘"]);
  });

  test("a part of a value renders only when it changes", async () => {
    const client = await member(0);
    const club = clubOf(client);
    const cell = source({ name: "하나", count: 0 });
    let renders = 0;
    const name = hook(
      client,
      () => {
        renders++;
        return useSelected(cell, (value) => value.name);
      },
      club,
    );
    await until("the name", () => name.seen.length > 0);
    const before = renders;
    cell.set({ name: "하나", count: 1 });
    cell.set({ name: "하나", count: 2 });
    cell.set({ name: "둘", count: 2 });
    await until("the other name", () => name.now === "둘");
    // StrictMode renders twice.
    assert.ok(renders - before <= 2, `${renders - before} renders`);
  });

  /** Loads a list to its end. What was rendered last may not be committed yet, so each round leaves React a turn to do so. */
  const loadAll = async (list: () => { hasOlder: boolean; isLoadingOlder: boolean; loadOlder(): Promise<void> }) => {
    while (list().hasOlder) {
      await list().loadOlder();
      await setImmediate();
      await until("the page", () => !list().isLoadingOlder);
    }
  };

  test("an admin syncs, and the albums and their photos are listed page by page", async () => {
    const club = clubOf(leader);
    const sync = keep(use(leader, club, useSync));
    await until("the state of the syncs", () => sync.now.progress?.status?.state === SyncState.NEVER);
    await sync.now.sync();
    assert.equal(sync.now.error, undefined);
    await until("the end of the sync", () => sync.now.progress?.status?.state === SyncState.SUCCEEDED);
    const albums = keep(use(leader, club, useAlbums));
    await until("the albums", () => albums.now.isLoaded);
    assert.ok(albums.now.albums.length > 0 && albums.now.syncStatus?.state === SyncState.SUCCEEDED);
    await loadAll(() => albums.now);
    const all = new Set(albums.now.albums.map(({ id }) => id));
    assert.equal(all.size, albums.now.albums.length);
    const [album] = [...albums.now.albums].sort((a, b) => b.photoCount - a.photoCount);
    const photos = keep(use(leader, club, () => useAlbumPhotos(album?.id ?? "")));
    await until("the photos", () => photos.now.isLoaded);
    assert.equal(photos.now.total, album?.photoCount);
    await loadAll(() => photos.now);
    assert.equal(photos.now.photos.length, album?.photoCount);
    const last = photos.seen.length;
    await photos.now.loadOlder();
    assert.ok(photos.seen.length - last <= 2, "what has not changed was drawn again");
    const missing = keep(use(leader, club, () => useAlbumPhotos("nothing")));
    await until("the refusal", () => missing.now.error !== undefined);
    assert.deepEqual([missing.now.isLoaded, missing.now.error?.kind], [false, "not_found"]);
    await club.stop();
  });

  test("a list is loaded again when the connection has come back, not when it closes", async () => {
    const listedWhile: string[] = [];
    const recording: Fetch = (input, init) => {
      if (String(input instanceof Request ? input.url : input).endsWith("/ListAlbums")) {
        listedWhile.push(club.connection.getSnapshot().status);
      }
      return fetch(input, init);
    };
    const client = await member(0, { fetch: recording });
    const club = clubOf(client);
    const albums = hook(
      client,
      () => {
        const albums = useAlbums();
        const { status } = useConnection();
        // Set once the list's own effects have run.
        const [applied, apply] = useState(status);
        useEffect(() => apply(status), [status]);
        return { ...albums, status: applied };
      },
      club,
    );
    await until("the albums", () => albums.now.status === "open" && albums.now.isLoaded && !albums.now.isLoading);
    listedWhile.length = 0;
    await club.stop();
    await until("the end of the connection", () => albums.now.status === "closed");
    club.start();
    await until("the albums to be loaded again", () => listedWhile.includes("open") && !albums.now.isLoading);
    assert.deepEqual(listedWhile, ["open"]);
    await club.stop();
  });

  test("who may not sync follows none", async () => {
    const member = await signedIn(server, 6);
    const club = clubOf(member);
    const sync = keep(use(member, club, useSync));
    await sync.now.sync();
    await until("the refusal", () => sync.now.error?.kind === "denied");
    assert.equal(sync.now.progress, undefined);
    await club.stop();
  });

  test("a picture is uploaded, with its progress, and another one that is refused says why", async () => {
    const member = await signedIn(server, 7);
    const club = clubOf(member);
    const upload = keep(use(member, club, () => useUpload(UploadPurpose.POST)));
    const file = await upload.now.put(png(12, 8), "하나.png");
    assert.deepEqual([file?.width, file?.name], [12, "하나.png"]);
    await until("the end", () => upload.now.progress === undefined);
    assert.ok(upload.seen.some(({ progress }) => progress === 0));
    assert.equal(await upload.now.put(new Blob(["text"], { type: "text/plain" })), undefined);
    await until("the refusal", () => upload.now.error?.reason === "PICTURE_UNSUPPORTED");
    const cancelled = upload.now.put(png());
    upload.now.cancel();
    assert.equal(await cancelled, undefined);
    await until("the end", () => upload.now.progress === undefined && upload.now.error === undefined);
    await club.stop();
  });
});

function source<T>(value: T): Readable<T> & { set(value: T): void } {
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => value,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set: (next) => {
      value = next;
      listeners.forEach((listener) => listener());
    },
  };
}

/** Agrees at the simulated Band, and returns the URL that it redirects to. */
async function consent(server: Server, client: Client): Promise<string> {
  const [who] = (await server.members()).filter(({ role }) => role === "member");
  const { authUrl } = await client.session.startSignIn("dongbaejul://auth");
  const answer = await fetch(`${authUrl}&user_key=${who?.user_key ?? ""}`, { redirect: "manual" });
  return answer.headers.get("Location") ?? "";
}
