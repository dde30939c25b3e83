import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Message, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import { ResyncReason } from "../gen/dongbaejul/v1/streams_pb.js";
import type { CachedRoom } from "../offline/types.js";
import type { OutboxItem } from "../outbox/types.js";
import { Loader, loadingOf } from "../state/loader.js";
import { sameFields, sameItems } from "../state/store.js";
import { Prefetch } from "./prefetch.js";
import { RoomState } from "./room.js";
import type { ChatConfig, RoomConfig } from "./room.js";
import type { RoomSlices, RoomSource } from "./slices.js";
import type { MessageList, RoomList, RoomView } from "./types.js";
import { Typing } from "./typing.js";
import { byActivity, messageViews } from "./views.js";

export interface RoomsConfig extends ChatConfig {
  /** Returns the user's own items that are on their way to a room. */
  readonly outgoing: (roomId: string) => readonly OutboxItem[];
  /** They are kept when another user signs in. */
  readonly slices: RoomSlices;
}

/** The rooms of the user who is signed in. */
export class Rooms implements RoomSource {
  private readonly known = new Map<string, RoomState>();
  private readonly roomConfig: RoomConfig;
  private readonly lister: Loader;
  private readonly typing: Typing;
  private readonly prefetch: Prefetch | undefined;
  /** Rooms that the user has joined or left since the list was requested: the answer may be older than that. */
  private readonly moved = new Set<string>();
  private restored = false;

  constructor(private readonly config: RoomsConfig) {
    const { chat, me, signal, slices, fault, isCached } = config;
    this.typing = new Typing(chat, me, (id) => slices.typing.touch(id));
    this.prefetch = isCached ? new Prefetch(this.known, signal) : undefined;
    this.lister = new Loader(
      (s) => this.loadList(s),
      signal,
      () => slices.rooms.touch(),
      fault,
    );
    this.roomConfig = {
      ...config,
      reloadList: () => void this.lister.request(),
      roomChanged: (id) => {
        slices.room.touch(id);
        slices.rooms.touch();
      },
      messagesChanged: (id) => slices.messages.touch(id),
    };
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
    return this.known.get(id)?.view(before);
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
      rooms.filter(({ room }) => !this.known.has(room.id)).forEach((cached) => this.add(cached.room).restore(cached));
      this.config.slices.rooms.touch();
    }
    rooms.forEach((cached) => this.known.get(cached.room.id)?.restoreMessages(cached));
  }

  /** Returns what is to be cached; undefined while nothing is known. */
  cache(): readonly CachedRoom[] | undefined {
    const isKnown = this.restored || this.lister.loading.loaded;
    return isKnown ? [...this.known.values()].sort(byActivity).map((known) => known.cache()) : undefined;
  }

  // What the user does.

  /** Loads the messages of a room that is open now. */
  openRoom(id: string): void {
    void this.known.get(id)?.run.load();
  }

  /** Keeps fewer messages of a room that is no longer open. */
  closeRoom(id: string): void {
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
    this.config.batch.run(() => known.read(this.config.me, seq));
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
  reload(first: boolean): void {
    this.known.forEach((known, id) => {
      this.typing.clear(id);
      if (first) {
        known.run.reload();
      } else {
        known.loadIfOpen();
      }
    });
    void this.lister.request();
  }

  apply({ payload }: Event): void {
    switch (payload.case) {
      case "message":
        this.messageArrived(payload.value);
        return;
      case "messageEdited":
      case "messageDeleted":
        this.known.get(payload.value.roomId)?.messageChanged(payload.value, payload.case === "messageDeleted");
        return;
      case "memberJoined":
        this.known.get(payload.value.roomId)?.memberJoined(payload.value);
        return;
      case "memberLeft":
        this.known.get(payload.value.roomId)?.memberLeft(payload.value);
        return;
      case "read":
        this.known.get(payload.value.roomId)?.read(payload.value.userId, payload.value.seq);
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
        this.roomLeft(payload.value.roomId);
        return;
      case "resyncRequired":
        this.resync(payload.value.roomId, payload.value.reason);
        return;
      default:
        return;
    }
  }

  /** Takes a message that the server has answered with, which may be before its event. */
  answered(message: Message): void {
    this.config.batch.run(() => this.known.get(message.roomId)?.run.insert(message));
  }

  /** Counts again what is unread, after the server has stored how far the user has read. */
  readAnswered(roomId: string): void {
    const known = this.known.get(roomId);
    known?.recount(known.reads.own);
  }

  private messageArrived(message: Message): void {
    const known = this.known.get(message.roomId);
    if (known === undefined) {
      void this.lister.request();
      return;
    }
    this.typing.receive(message.roomId, message.sender?.userId ?? "", false);
    known.messageArrived(message);
    if (!known.run.loading.loaded && this.lister.loading.loaded) {
      void this.prefetch?.run();
    }
  }

  private resync(roomId: string, reason: ResyncReason): void {
    if (roomId === "") {
      return;
    }
    if (reason === ResyncReason.NOT_FOUND) {
      this.roomLeft(roomId);
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
    void this.prefetch?.run();
  }

  private take(room: Room): void {
    (this.known.get(room.id) ?? this.add(room)).take(room);
  }

  private add(room: Room): RoomState {
    const added = new RoomState(room, this.roomConfig);
    this.known.set(room.id, added);
    return added;
  }

  /** Notes that the user is no longer in a room. */
  private roomLeft(roomId: string): void {
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
    known.touch();
    known.touchMessages();
  }

  /** Cancels timers. */
  stop(): void {
    this.known.forEach((_, id) => this.typing.clear(id));
  }

  /** Notes that rooms may have other titles. */
  languageChanged(): void {
    this.config.batch.run(() => this.known.forEach((known) => known.touch()));
  }

  /** Notes that items on their way to a room have changed. */
  outgoingChanged(roomId: string): void {
    this.config.slices.messages.touch(roomId);
  }
}
