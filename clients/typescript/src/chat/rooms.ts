import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Fault, Language } from "../errors.js";
import { MessageSchema, RoomParticipantSchema, RoomType } from "../gen/dongbaejul/v1/chat_pb.js";
import type { ChatService, Message, ReadPosition, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { UserSummary } from "../gen/dongbaejul/v1/common_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { ResyncReason } from "../gen/dongbaejul/v1/streams_pb.js";
import type { OutboxItem } from "../outbox/types.js";
import { nameOf } from "../people.js";
import { Loader } from "../state/loader.js";
import type { Loading } from "../state/loader.js";
import { sameFields, sameItems } from "../state/store.js";
import type { Batch, Slice, Slices } from "../state/store.js";
import { MessageRun } from "./messages.js";

/** A room in a list. */
export interface RoomView {
  readonly id: string;
  /** The room's name, or the other person's in a private room. */
  readonly title: string;
  /** As the server has it, kept up to date but for the participants' read positions: MessageView.unreadBy shows those. */
  readonly room: Room;
  readonly unread: number;
  /** Whether there may be more unread than that: the server counts to 1,000. */
  readonly unreadMore: boolean;
}

export interface RoomList extends Loading {
  /** The last active first. */
  readonly rooms: readonly RoomView[];
  /** What is unread in all of them. */
  readonly unread: number;
  /** Whether there may be more unread than that. */
  readonly unreadMore: boolean;
}

/** A message in a room: one that the server has, one of one's own that is on its way, or a change to one that was refused. */
export interface MessageView {
  /** Stays the same when a message of one's own is sent: a key for React. */
  readonly key: string;
  /** Of what the server has not taken: `id` is empty, and `seq` 0. */
  readonly message: Message;
  readonly mine: boolean;
  /** Where it is; `failed` ones can be retried or dropped by `item.id`. */
  readonly state: "sent" | "queued" | "sending" | "failed";
  /** Of what is on its way or failed. */
  readonly item?: OutboxItem;
  /** "안 읽음 N": how many others have not read it. */
  readonly unreadBy: number;
}

export interface MessageList extends Loading {
  /** The oldest first, what the server has not taken last. A run without holes that ends with the newest. */
  readonly messages: readonly MessageView[];
  /** Whether there are older ones to load. */
  readonly hasOlder: boolean;
}

const maxArrivals = 200;
/** Somebody has stopped typing when the server was silent about it for so long: it says so after 6 s. */
const typingMs = 7_000;
/** How often the server is told that the user is typing: it passes that on every 3 s. */
const typingAgainMs = 3_000;

/** What is known of one room. */
interface Known {
  room: Room;
  unread: number;
  unreadMore: boolean;
  /** How far each participant has read. */
  readonly reads: Map<string, bigint>;
  readonly run: MessageRun;
  /** The numbers of others' messages that have come lately, for counting what a list from the server does not have yet. */
  arrivals: bigint[];
  /** Who is typing, with what ends it. */
  readonly typing: Map<string, ReturnType<typeof setTimeout>>;
}

export interface RoomsConfig {
  readonly chat: ServiceClient<typeof ChatService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** Who is signed in. */
  readonly me: string;
  readonly language: Language;
  /** What of one's own is on its way to a room. */
  readonly outgoing: (roomId: string) => readonly OutboxItem[];
  readonly maxMessages: number;
  readonly maxClosedMessages: number;
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
  const noRooms: RoomList = { loaded: false, loading: false, rooms: [], unread: 0, unreadMore: false };
  const noMessages: MessageList = { loaded: false, loading: false, messages: [], hasOlder: false };
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
  private readonly told = new Map<string, number>();

  constructor(private readonly config: RoomsConfig) {
    const { signal, slices, fault } = config;
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
    views.sort((a, b) => activity(b.room) - activity(a.room) || (a.id < b.id ? -1 : 1));
    const unread = views.reduce((sum, view) => sum + view.unread, 0);
    const unreadMore = views.some((view) => view.unreadMore);
    return sameFields(before, { ...this.lister.loading, rooms: sameItems(before?.rooms, views), unread, unreadMore });
  }

  view(id: string, before: RoomView | undefined): RoomView | undefined {
    const known = this.known.get(id);
    if (known === undefined) {
      return undefined;
    }
    const { room, unread, unreadMore } = known;
    return sameFields(before, { id, title: this.title(room), room, unread, unreadMore });
  }

  private title(room: Room): string {
    if (room.type !== RoomType.PRIVATE) {
      return room.name;
    }
    const other = room.participants.find((p) => p.userId !== this.config.me);
    return other === undefined ? room.name : nameOf(other, this.config.language);
  }

  messageList(id: string, before: MessageList | undefined): MessageList {
    const known = this.known.get(id);
    const had = new Map(before?.messages.map((view) => [view.key, view]));
    const unreadBy = known === undefined ? () => 0 : unreadCounter(known.reads);
    const views = (known?.run.messages ?? []).map((message): MessageView => {
      const mine = message.sender?.userId === this.config.me;
      const key = mine && message.tempId !== "" ? message.tempId : message.id;
      return sameFields(had.get(key), { key, message, mine, state: "sent", unreadBy: unreadBy(message) });
    });
    const arrived = new Set(views.map((view) => view.key));
    for (const item of this.config.outgoing(id)) {
      // A change shows on its message once it is made. Here it shows where it is refused, and why.
      const shown = item.action.kind === "send_message" || item.state === "failed";
      if (shown && item.state !== "sent" && !arrived.has(item.id)) {
        const was = had.get(item.id);
        const message = was?.message.id === "" ? was.message : this.draft(id, item);
        views.push(sameFields(was, { key: item.id, message, mine: true, state: item.state, item, unreadBy: 0 }));
      }
    }
    const loading = known?.run.loading ?? { loaded: false, loading: this.lister.loading.loading };
    return sameFields(before, { ...loading, messages: sameItems(before?.messages, views), hasOlder: known?.run.hasOlder ?? false });
  }

  /** A message as it is shown before the server has it. */
  private draft(roomId: string, { id, action, createdAt }: OutboxItem): Message {
    const me = this.known.get(roomId)?.room.participants.find((p) => p.userId === this.config.me);
    const { attachments = [], replyTo = "" } = action.kind === "send_message" ? action : {};
    return create(MessageSchema, {
      roomId,
      tempId: id,
      sender: { userId: this.config.me, displayName: me?.displayName ?? "", avatar: me?.avatar ?? "" },
      content: "content" in action ? action.content : "",
      attachments: [...attachments],
      replyTo,
      createdAt: timestampFromMs(createdAt),
    });
  }

  typists(id: string): string[] {
    return [...(this.known.get(id)?.typing.keys() ?? [])].sort();
  }

  // What the user does.

  openRoom(id: string): void {
    this.open.set(id, (this.open.get(id) ?? 0) + 1);
    this.known.get(id)?.run.load();
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

  /** Notes that the user has read up to a message. Gives how far, or undefined where that is nothing new. */
  markRead(id: string, upTo: bigint | undefined): bigint | undefined {
    const known = this.known.get(id);
    const seq = upTo ?? known?.room.lastSeq;
    if (known === undefined || seq === undefined || seq <= (known.reads.get(this.config.me) ?? 0n)) {
      return undefined;
    }
    this.config.batch.run(() => this.read({ roomId: id, userId: this.config.me, seq }));
    return seq;
  }

  setTyping(id: string, typing: boolean): void {
    const told = this.told.get(id) ?? 0;
    const now = Date.now();
    if (typing ? now - told < typingAgainMs : now - told > typingMs) {
      return;
    }
    if (typing) {
      this.told.set(id, now);
    } else {
      this.told.delete(id);
    }
    // It is not worth another try: it is over by then.
    this.config.chat.setTyping({ roomId: id, isTyping: typing }).catch(() => undefined);
  }

  /** Notes that the user has sent what they were typing: the server takes that for the end of it. */
  stoppedTyping(id: string): void {
    this.told.delete(id);
  }

  // What the server says.

  /** Reads anew what may have been missed. On the first stream that is everything; later, what is not numbered. */
  meet(first: boolean): void {
    this.known.forEach((known) => {
      this.clearTyping(known);
      if (first) {
        known.run.reload();
      } else if (this.isOpen(known.room.id)) {
        known.run.load();
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
        this.type(payload.value.roomId, payload.value.userId, payload.value.isTyping);
        return;
      case "roomJoined":
        if (payload.value.room !== undefined) {
          this.take(payload.value.room);
        }
        return;
      case "roomLeft":
        this.forget(payload.value.roomId);
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
      known.arrivals = [...known.arrivals, message.seq].slice(-maxArrivals);
      known.unread += this.counts(known, message.seq, message) ? 1 : 0;
    }
    this.meetStranger(known, sender);
    this.advance(known, message.seq, { lastMessage: message });
    this.type(message.roomId, sender, false);
    known.run.insert(message);
  }

  /** Reads who is in a room where somebody is who is not known: into a global room people come without a word. */
  private meetStranger(known: Known, userId: string): void {
    if (!known.room.participants.some((p) => p.userId === userId)) {
      void this.lister.request();
    }
  }

  /** Tells whether the entry numbered seq changes what the user has to read: news about a message that they have not read. */
  private counts(known: Known, seq: bigint, message: Message): boolean {
    return seq > known.room.lastSeq && message.seq > (known.reads.get(this.config.me) ?? 0n);
  }

  private amend(roomId: string, seq: bigint, message: Message | undefined, deleted: boolean): void {
    const known = this.known.get(roomId);
    if (known === undefined || message === undefined) {
      return;
    }
    if (deleted && message.sender?.userId !== this.config.me) {
      known.arrivals = known.arrivals.filter((s) => s !== message.seq);
      known.unread -= known.unread > 0 && this.counts(known, seq, message) ? 1 : 0;
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
    if (known === undefined || seq <= (known.reads.get(userId) ?? 0n)) {
      return;
    }
    this.meetStranger(known, userId);
    known.reads.set(userId, seq);
    if (userId === this.config.me) {
      this.recount(known, seq);
    }
    this.touchMessages(known);
  }

  /** Counts what is unread after the user has read up to seq. */
  private recount(known: Known, seq: bigint): void {
    const { run, room } = known;
    const first = run.messages[0]?.seq;
    if (seq >= room.lastSeq) {
      known.unread = 0;
      known.unreadMore = false;
    } else if (run.loading.loaded && first !== undefined && seq >= first - 1n) {
      known.unread = run.messages.filter((m) => m.seq > seq && !m.deleted && m.sender?.userId !== this.config.me).length;
      known.unreadMore = false;
    } else {
      // Only the server can count that.
      void this.lister.request();
    }
    this.touchRoom(known);
  }

  private type(roomId: string, userId: string, typing: boolean): void {
    const known = this.known.get(roomId);
    if (known === undefined || userId === this.config.me || (!typing && !known.typing.has(userId))) {
      return;
    }
    clearTimeout(known.typing.get(userId));
    known.typing.delete(userId);
    if (typing) {
      known.typing.set(
        userId,
        setTimeout(() => this.type(roomId, userId, false), typingMs),
      );
    }
    this.config.slices.typing.of(roomId).touch();
  }

  private resync(roomId: string, reason: ResyncReason): void {
    if (roomId === "") {
      return;
    }
    if (reason === ResyncReason.NOT_FOUND) {
      this.forget(roomId);
      return;
    }
    this.known.get(roomId)?.run.reload();
    void this.lister.request();
  }

  // What is loaded.

  private async loadList(signal: AbortSignal): Promise<void> {
    const rooms: Room[] = [];
    for (let after: string | undefined, more = true; more; after = rooms[rooms.length - 1]?.id) {
      const page = await this.config.chat.listRooms(after === undefined ? {} : { after }, { signal });
      // A room that became active meanwhile is in two pages; the later one is the newer.
      rooms.push(...page.rooms);
      more = page.hasMore && page.rooms.length > 0;
    }
    this.config.batch.run(() => {
      const listed = new Set(rooms.map((room) => room.id));
      // A room that was entered while the list was on its way is in the next one.
      [...this.known.keys()].filter((id) => !listed.has(id)).forEach((id) => this.forget(id));
      rooms.forEach((room) => this.take(room));
    });
  }

  /** Takes a room as the server has it. Events may have been faster than it. */
  private take(room: Room): void {
    const known = this.known.get(room.id) ?? this.make(room);
    const newer = known.room.lastSeq > room.lastSeq;
    for (const { userId, readSeq } of room.participants) {
      if (readSeq > (known.reads.get(userId) ?? -1n)) {
        known.reads.set(userId, readSeq);
      }
    }
    const gone = [...known.reads.keys()].filter((id) => !newer && !room.participants.some((p) => p.userId === id));
    gone.forEach((id) => known.reads.delete(id));
    const listed = room.participants.find((p) => p.userId === this.config.me)?.readSeq ?? 0n;
    const read = known.reads.get(this.config.me) ?? 0n;
    if (!newer) {
      known.room = room;
    }
    known.unreadMore = room.unreadMore;
    known.unread = room.unreadCount + known.arrivals.filter((seq) => seq > room.lastSeq).length;
    if (read > listed) {
      this.recount(known, read);
    }
    this.touchRoom(known);
    this.touchMessages(known);
    if (this.isOpen(room.id) && !known.run.loading.loading) {
      known.run.load();
    }
  }

  private isOpen(id: string): boolean {
    return (this.open.get(id) ?? 0) > 0;
  }

  private make(room: Room): Known {
    const { chat, batch, signal, fault, maxMessages, maxClosedMessages, slices } = this.config;
    const { id } = room;
    const run = new MessageRun({
      ...{ chat, batch, signal, fault, roomId: id, maxMessages, maxClosedMessages },
      isOpen: () => this.isOpen(id),
      touch: () => slices.messages.of(id).touch(),
    });
    const known: Known = { room, unread: room.unreadCount, unreadMore: room.unreadMore, reads: new Map(), run, arrivals: [], typing: new Map() };
    this.known.set(id, known);
    return known;
  }

  private forget(roomId: string): void {
    const known = this.known.get(roomId);
    if (known === undefined) {
      return;
    }
    this.clearTyping(known);
    this.known.delete(roomId);
    this.touchRoom(known);
    this.touchMessages(known);
  }

  private clearTyping(known: Known): void {
    known.typing.forEach((timer) => clearTimeout(timer));
    known.typing.clear();
    this.config.slices.typing.of(known.room.id).touch();
  }

  /** Ends everything that would happen later. */
  stop(): void {
    this.known.forEach((known) => this.clearTyping(known));
  }

  private advance(known: Known, seq: bigint, change: Partial<Room>): void {
    known.room = { ...known.room, ...change, lastSeq: seq > known.room.lastSeq ? seq : known.room.lastSeq };
    this.touchRoom(known);
  }

  private touchRoom(known: Known): void {
    this.config.slices.room.of(known.room.id).touch();
    this.config.slices.rooms.touch();
  }

  private touchMessages(known: Known): void {
    this.config.slices.messages.of(known.room.id).touch();
  }

  /** Looks again at what is on its way to a room. */
  outgoingChanged(roomId: string): void {
    this.config.slices.messages.of(roomId).touch();
  }
}

/** When something last happened in a room, in seconds. */
function activity(room: Room): number {
  return Number((room.lastMessage?.createdAt ?? room.createdAt)?.seconds ?? 0n);
}

/** Counts by how many others a message is unread. */
function unreadCounter(reads: ReadonlyMap<string, bigint>): (message: Message) => number {
  const positions = [...reads.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return ({ seq, sender }) => {
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const position = positions[middle];
      if (position !== undefined && position < seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const own = sender === undefined ? undefined : reads.get(sender.userId);
    return own !== undefined && own < seq ? low - 1 : low;
  };
}
