import type { Client as ServiceClient } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Fault, Language } from "../errors.js";
import { RoomParticipantSchema } from "../gen/dongbaejul/v1/chat_pb.js";
import type { ChatService, Message, ReadPosition, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { UserSummary } from "../gen/dongbaejul/v1/common_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { ResyncReason } from "../gen/dongbaejul/v1/streams_pb.js";
import type { CachedRoom } from "../offline/types.js";
import type { OutboxItem } from "../outbox/types.js";
import { Loader, loadingOf } from "../state/loader.js";
import { sameFields, sameItems } from "../state/store.js";
import type { Batch, Slice, Slices } from "../state/store.js";
import { MessageRun } from "./messages.js";
import { Reads } from "./reads.js";
import type { MessageList, RoomList, RoomView } from "./types.js";
import { Typing } from "./typing.js";
import { byActivity, messageViews, titleOf } from "./views.js";

/** What is known of one room. */
interface Known {
  room: Room;
  readonly reads: Reads;
  readonly run: MessageRun;
  /** As it was cached last, while nothing has changed since. */
  cached: CachedRoom | undefined;
  /** The `last_seq` that it had in the cache; undefined once the server has answered. */
  restoredSeq: bigint | undefined;
}

/** Of how many rooms the latest messages are loaded for the cache. */
const maxPrefetched = 20;

export interface RoomsConfig {
  readonly chat: ServiceClient<typeof ChatService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** Who is signed in. */
  readonly me: string;
  readonly language: () => Language;
  /** What of one's own is on its way to a room. */
  readonly outgoing: (roomId: string) => readonly OutboxItem[];
  readonly maxMessages: number;
  readonly maxClosedMessages: number;
  /** Whether there is a cache: then the latest messages are loaded of rooms that are not open, too. */
  readonly isCached: boolean;
  /** Tells the server how far the user has read. */
  readonly sendRead: (roomId: string, seq: bigint) => void;
  /** What shows the state; it outlives a sign-in. */
  readonly slices: RoomSlices;
}

/** The slices that show rooms. */
export interface RoomSlices {
  readonly rooms: Slice<RoomList>;
  readonly room: Slices<RoomView | undefined>;
  readonly messages: Slices<MessageList>;
  readonly typing: Slices<readonly string[]>;
}

/** Makes the slices that show what `now` gives. */
export function roomSlices(batch: Batch, now: () => Rooms | undefined): RoomSlices {
  const noRooms: RoomList = { loaded: false, fromCache: false, loading: false, rooms: [], unread: 0, unreadMore: false };
  const noMessages: MessageList = { loaded: false, fromCache: false, loading: false, messages: [], hasOlder: false };
  return {
    rooms: batch.slice((before) => now()?.list(before) ?? noRooms),
    room: batch.slices((id, before) => now()?.view(id, before)),
    messages: batch.slices((id, before) => now()?.messageList(id, before) ?? noMessages),
    typing: batch.slices((id, before) => sameItems(before, now()?.typists(id) ?? [])),
  };
}

/** The rooms of who is signed in. */
export class Rooms {
  private readonly known = new Map<string, Known>();
  /** How often each room is open. */
  private readonly open = new Map<string, number>();
  private readonly lister: Loader;
  private readonly typing: Typing;
  /** Rooms that the user has joined or left since the list was asked for: the answer may not know of that. */
  private readonly moved = new Set<string>();
  private restored = false;
  private prefetching = false;

  constructor(private readonly config: RoomsConfig) {
    const { chat, me, signal, slices, fault } = config;
    this.typing = new Typing(chat, me, (id) => slices.typing.touch(id));
    this.lister = new Loader(
      (s) => this.loadList(s),
      signal,
      () => slices.rooms.touch(),
      fault,
    );
  }

  // What is shown.

  list(before: RoomList | undefined): RoomList {
    const views = [...this.known.keys()].flatMap((id) => this.config.slices.room.of(id).getSnapshot() ?? []);
    views.sort(byActivity);
    const unread = views.reduce((sum, view) => sum + view.unread, 0);
    const unreadMore = views.some((view) => view.unreadMore);
    const loading = loadingOf(this.lister.loading, this.restored);
    return sameFields(before, { ...loading, rooms: sameItems(before?.rooms, views), unread, unreadMore });
  }

  view(id: string, before: RoomView | undefined): RoomView | undefined {
    const known = this.known.get(id);
    if (known === undefined) {
      return undefined;
    }
    const { room, reads } = known;
    const title = titleOf(room, this.config.me, this.config.language());
    return sameFields(before, { id, title, room, unread: reads.unread, unreadMore: reads.unreadMore });
  }

  messageList(id: string, before: MessageList | undefined): MessageList {
    const known = this.known.get(id);
    const views = messageViews(
      {
        me: this.config.me,
        room: known?.room,
        roomId: id,
        messages: known?.run.messages ?? [],
        unreadBy: known?.reads.unreadBy() ?? (() => 0),
        outgoing: this.config.outgoing(id),
      },
      before?.messages ?? [],
    );
    const loading = known?.run.shown ?? loadingOf({ loaded: false, loading: this.lister.loading.loading }, false);
    return sameFields(before, { ...loading, messages: sameItems(before?.messages, views), hasOlder: known?.run.hasOlder ?? false });
  }

  typists(id: string): string[] {
    return this.typing.typists(id);
  }

  // The cache.

  /** Shows what was cached, until the server answers. */
  restore(rooms: readonly CachedRoom[]): void {
    if (!this.lister.loading.loaded) {
      this.restored = true;
      for (const { room, unread, unreadMore } of rooms.filter((cached) => !this.known.has(cached.room.id))) {
        const known = this.make(room);
        known.reads.restore(room, unread, unreadMore);
        known.restoredSeq = room.lastSeq;
        this.touchRoom(known);
      }
      this.config.slices.rooms.touch();
    }
    for (const cached of rooms) {
      const known = this.known.get(cached.room.id);
      known?.run.restore(cached.messages, cached.hasOlder, cached.upTo);
      if (known?.room === cached.room) {
        known.cached = cached;
      }
      if (known !== undefined && this.isOpen(cached.room.id)) {
        void known.run.load();
      }
    }
  }

  /** Returns what is to be cached; undefined while nothing is known. */
  cache(): readonly CachedRoom[] | undefined {
    const isKnown = this.restored || this.lister.loading.loaded;
    return isKnown ? [...this.known.values()].sort(byActivity).map((known) => (known.cached ??= cachedRoom(known))) : undefined;
  }

  /** Loads the latest messages of the rooms that were active last, one room after the other, where what is known may not be them. */
  private async prefetch(): Promise<void> {
    if (!this.config.isCached || this.prefetching) {
      return;
    }
    this.prefetching = true;
    const asked = new Set<MessageRun>();
    const isMissing = ({ room, run }: Known) => !run.loading.loaded && run.upTo !== room.lastSeq && !asked.has(run);
    const next = () => [...this.known.values()].sort(byActivity).slice(0, maxPrefetched).find(isMissing);
    for (let known = next(); known !== undefined && !this.config.signal.aborted; known = next()) {
      asked.add(known.run);
      await known.run.load();
    }
    this.prefetching = false;
  }

  // What the user does.

  openRoom(id: string): void {
    this.open.set(id, (this.open.get(id) ?? 0) + 1);
    void this.known.get(id)?.run.load();
  }

  closeRoom(id: string): void {
    const left = (this.open.get(id) ?? 1) - 1;
    if (left > 0) {
      this.open.set(id, left);
      return;
    }
    this.open.delete(id);
    this.known.get(id)?.run.close();
  }

  async loadOlder(id: string): Promise<void> {
    await this.known.get(id)?.run.loadOlder();
  }

  /** Notes that the user has read up to a message. Returns how far, or undefined if that is not new. */
  markRead(id: string, upTo: bigint | undefined): bigint | undefined {
    const known = this.known.get(id);
    const seq = upTo ?? known?.room.lastSeq;
    if (known === undefined || seq === undefined || !known.reads.isNew(this.config.me, seq)) {
      return undefined;
    }
    this.config.batch.run(() => this.read({ roomId: id, userId: this.config.me, seq }));
    return seq;
  }

  setTyping(id: string, typing: boolean): void {
    this.typing.send(id, typing);
  }

  /** Notes that the user has sent what they were typing. */
  stoppedTyping(id: string): void {
    this.typing.sent(id);
  }

  // What the server says.

  /** Loads again what may have been missed: everything on the first stream; later, what is not numbered. */
  meet(first: boolean): void {
    this.known.forEach((known) => {
      this.typing.clear(known.room.id);
      if (first) {
        known.run.reload();
      } else if (this.isOpen(known.room.id)) {
        void known.run.load();
      }
    });
    void this.lister.request();
  }

  apply({ payload }: Event): void {
    switch (payload.case) {
      case "message":
        this.arrive(payload.value);
        return;
      case "messageEdited":
      case "messageDeleted":
        this.amend(payload.value.roomId, payload.value.seq, payload.value.message, payload.case === "messageDeleted");
        return;
      case "memberJoined": {
        const { roomId, seq, user, joinedAt } = payload.value;
        this.enter(roomId, seq, user, joinedAt);
        return;
      }
      case "memberLeft": {
        const { roomId, seq, user } = payload.value;
        this.leave(roomId, seq, user);
        return;
      }
      case "read":
        this.read(payload.value);
        return;
      case "typing":
        if (this.known.has(payload.value.roomId)) {
          this.typing.receive(payload.value.roomId, payload.value.userId, payload.value.isTyping);
        }
        return;
      case "roomJoined":
        if (payload.value.room !== undefined) {
          this.moved.add(payload.value.room.id);
          this.take(payload.value.room);
        }
        return;
      case "roomLeft":
        this.gone(payload.value.roomId);
        return;
      case "resyncRequired":
        this.resync(payload.value.roomId, payload.value.reason);
        return;
      default:
        return;
    }
  }

  /** Takes a message that the server has answered with, before the event of it comes. */
  answered(message: Message): void {
    this.config.batch.run(() => this.known.get(message.roomId)?.run.insert(message));
  }

  private arrive(message: Message): void {
    const known = this.known.get(message.roomId);
    if (known === undefined) {
      void this.lister.request();
      return;
    }
    const sender = message.sender?.userId ?? "";
    if (sender !== this.config.me) {
      known.reads.arrived(message, known.room.lastSeq);
    }
    this.meetStranger(known, sender);
    this.advance(known, message.seq, { lastMessage: message });
    this.typing.receive(message.roomId, sender, false);
    known.run.insert(message);
    if (!known.run.loading.loaded && this.lister.loading.loaded) {
      void this.prefetch();
    }
  }

  /** Reads who is in a room where somebody is who is not known: into a global room people come without a word. */
  private meetStranger(known: Known, userId: string): void {
    if (!known.room.participants.some((p) => p.userId === userId)) {
      void this.lister.request();
    }
  }

  private amend(roomId: string, seq: bigint, message: Message | undefined, deleted: boolean): void {
    const known = this.known.get(roomId);
    if (known === undefined || message === undefined) {
      return;
    }
    if (deleted && message.sender?.userId !== this.config.me) {
      known.reads.deleted(message, seq, known.room.lastSeq);
    }
    const last = known.room.lastMessage?.id === message.id ? { lastMessage: message } : {};
    this.advance(known, seq, last);
    known.run.amend(message);
  }

  private enter(roomId: string, seq: bigint, user: UserSummary | undefined, joinedAt: Timestamp | undefined): void {
    const known = this.known.get(roomId);
    if (known === undefined || user === undefined) {
      return;
    }
    const { userId, displayName, avatar, guest, withdrawn } = user;
    const shown = { userId, displayName, avatar, guest, withdrawn };
    const newcomer = create(RoomParticipantSchema, { ...shown, readSeq: seq, ...(joinedAt ? { joinedAt } : {}) });
    const others = known.room.participants.filter((p) => p.userId !== userId);
    known.reads.set(userId, seq);
    this.advance(known, seq, { participants: [...others, newcomer] });
    this.touchMessages(known);
  }

  private leave(roomId: string, seq: bigint, user: UserSummary | undefined): void {
    const known = this.known.get(roomId);
    if (known === undefined || user === undefined) {
      return;
    }
    known.reads.delete(user.userId);
    this.advance(known, seq, { participants: known.room.participants.filter((p) => p.userId !== user.userId) });
    this.touchMessages(known);
  }

  private read({ roomId, userId, seq }: Pick<ReadPosition, "roomId" | "userId" | "seq">): void {
    const known = this.known.get(roomId);
    if (known === undefined || !known.reads.isNew(userId, seq)) {
      return;
    }
    this.meetStranger(known, userId);
    known.reads.set(userId, seq);
    if (userId === this.config.me) {
      this.recount(known, seq);
    }
    this.touchMessages(known);
  }

  /** Counts again where the server knows by now how far the user has read. */
  readAnswered(roomId: string): void {
    const known = this.known.get(roomId);
    if (known !== undefined) {
      this.recount(known, known.reads.own);
    }
  }

  /** Counts what is unread after the user has read up to seq. Asks the server where only that can; not if `ask` is false. */
  private recount(known: Known, seq: bigint, ask = true): void {
    const { run, room, reads } = known;
    if (!reads.recount(seq, room.lastSeq, run.messages, run.loading.loaded) && ask) {
      void this.lister.request();
    }
    this.touchRoom(known);
  }

  private resync(roomId: string, reason: ResyncReason): void {
    if (roomId === "") {
      return;
    }
    if (reason === ResyncReason.NOT_FOUND) {
      this.gone(roomId);
      return;
    }
    this.known.get(roomId)?.run.reload();
    void this.lister.request();
  }

  // What is loaded.

  private async loadList(signal: AbortSignal): Promise<void> {
    const rooms: Room[] = [];
    this.moved.clear();
    for (let after: string | undefined, more = true; more; after = rooms[rooms.length - 1]?.id) {
      const page = await this.config.chat.listRooms(after === undefined ? {} : { after }, { signal });
      // A room that became active meanwhile is in two pages; the later one is the newer.
      rooms.push(...page.rooms);
      more = page.hasMore && page.rooms.length > 0;
    }
    this.config.batch.run(() => {
      const listed = new Set(rooms.map((room) => room.id));
      [...this.known.keys()].filter((id) => !listed.has(id) && !this.moved.has(id)).forEach((id) => this.forget(id));
      rooms.filter(({ id }) => this.known.has(id) || !this.moved.has(id)).forEach((room) => this.take(room));
    });
    void this.prefetch();
  }

  /** Takes a room as the server has it. Events may have been faster than it. */
  private take(room: Room): void {
    const known = this.known.get(room.id) ?? this.make(room);
    const { restoredSeq } = known;
    const newer = known.room.lastSeq > room.lastSeq && known.room.lastSeq !== restoredSeq;
    known.restoredSeq = undefined;
    known.reads.take(room, newer);
    const listed = room.participants.find((p) => p.userId === this.config.me)?.readSeq ?? 0n;
    if (!newer) {
      known.room = room;
    }
    if (known.reads.own > listed) {
      // Once the server knows, it is counted again.
      this.recount(known, known.reads.own, false);
      if (restoredSeq !== undefined) {
        // It was read before a restart, and may have got lost with it.
        this.config.sendRead(room.id, known.reads.own);
      }
    }
    this.touchRoom(known);
    this.touchMessages(known);
    if (this.isOpen(room.id) && !known.run.loading.loading) {
      void known.run.load();
    }
  }

  private isOpen(id: string): boolean {
    return (this.open.get(id) ?? 0) > 0;
  }

  private make(room: Room): Known {
    const { chat, batch, signal, fault, maxMessages, maxClosedMessages, isCached } = this.config;
    const { id } = room;
    const run = new MessageRun({
      ...{ chat, batch, signal, fault, roomId: id, maxMessages, maxClosedMessages, keepsStale: isCached },
      isOpen: () => this.isOpen(id),
      touch: () => this.touchMessages(known),
    });
    const known: Known = { room, reads: new Reads(this.config.me), run, cached: undefined, restoredSeq: undefined };
    this.known.set(id, known);
    return known;
  }

  /** Notes that the user is no longer in a room. */
  private gone(roomId: string): void {
    this.moved.add(roomId);
    this.forget(roomId);
  }

  private forget(roomId: string): void {
    const known = this.known.get(roomId);
    if (known === undefined) {
      return;
    }
    this.typing.clear(roomId);
    this.known.delete(roomId);
    this.touchRoom(known);
    this.touchMessages(known);
  }

  /** Ends everything that would happen later. */
  stop(): void {
    this.known.forEach((_, id) => this.typing.clear(id));
  }

  private advance(known: Known, seq: bigint, change: Partial<Room>): void {
    known.room = { ...known.room, ...change, lastSeq: seq > known.room.lastSeq ? seq : known.room.lastSeq };
    this.touchRoom(known);
  }

  private touchRoom(known: Known): void {
    known.cached = undefined;
    this.config.slices.room.touch(known.room.id);
    this.config.slices.rooms.touch();
  }

  private touchMessages(known: Known): void {
    known.cached = undefined;
    this.config.slices.messages.touch(known.room.id);
  }

  /** Notes that rooms may have other titles. */
  languageChanged(): void {
    this.config.batch.run(() => this.known.forEach((known) => this.touchRoom(known)));
  }

  /** Looks again at what is on its way to a room. */
  outgoingChanged(roomId: string): void {
    this.config.slices.messages.touch(roomId);
  }
}

function cachedRoom({ room, reads, run }: Known): CachedRoom {
  const { messages, hasOlder, loading, upTo } = run;
  const { unread, unreadMore } = reads;
  const complete = upTo ?? (loading.loaded ? room.lastSeq : 0n);
  return { room: reads.withPositions(room), unread, unreadMore, messages, hasOlder, upTo: complete };
}
