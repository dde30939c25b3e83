import type { Client as ServiceClient } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import type { Fault, Language } from "../errors.js";
import { RoomParticipantSchema } from "../gen/dongbaejul/v1/chat_pb.js";
import type { ChatService, MemberJoined, MemberLeft, Message, MessageDeleted, MessageEdited, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { CachedRoom } from "../offline/types.js";
import { sameFields } from "../state/store.js";
import type { Batch } from "../state/store.js";
import { MessageRun } from "./messages.js";
import { Reads } from "./reads.js";
import type { RoomView } from "./types.js";
import { titleOf } from "./views.js";

/** What the list of rooms and each room of it need. */
export interface ChatConfig {
  readonly chat: ServiceClient<typeof ChatService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** The user who is signed in. */
  readonly me: string;
  readonly language: () => Language;
  readonly maxMessages: number;
  readonly maxClosedMessages: number;
  /** Whether there is a cache: then the latest messages are loaded of rooms that are not open, too. */
  readonly isCached: boolean;
  readonly isOpen: (roomId: string) => boolean;
  /** Tells the server how far the user has read. */
  readonly sendRead: (roomId: string, seq: bigint) => void;
}

export interface RoomConfig extends ChatConfig {
  /** Loads the list of rooms again. */
  readonly reloadList: () => void;
  /** Called when something other than the messages may have changed. */
  readonly roomChanged: (roomId: string) => void;
  /** Called when the messages, or how many users have not read them, may have changed. */
  readonly messagesChanged: (roomId: string) => void;
}

/** One room: who is in it, how far they have read, and the messages that are kept. */
export class RoomState {
  readonly reads: Reads;
  readonly run: MessageRun;
  /** As it was cached last, while nothing has changed since. */
  private cached: CachedRoom | undefined;
  /** The `last_seq` that it had in the cache; undefined once the server has answered. */
  private restoredSeq: bigint | undefined;

  constructor(
    public room: Room,
    private readonly config: RoomConfig,
  ) {
    const { chat, batch, signal, fault, me, maxMessages, maxClosedMessages, isCached } = config;
    const { id } = room;
    this.reads = new Reads(me);
    this.run = new MessageRun({
      ...{ chat, batch, signal, fault, roomId: id, maxMessages, maxClosedMessages, keepsStale: isCached },
      isOpen: () => config.isOpen(id),
      touch: () => this.touchMessages(),
    });
  }

  view(before: RoomView | undefined): RoomView {
    const { room, reads } = this;
    const title = titleOf(room, this.config.me, this.config.language());
    return sameFields(before, { id: room.id, title, room, unread: reads.unread, unreadMore: reads.unreadMore });
  }

  // The cache.

  /** Shows what was cached of it, until the server answers. */
  restore({ room, unread, unreadMore }: CachedRoom): void {
    this.reads.restore(room, unread, unreadMore);
    this.restoredSeq = room.lastSeq;
    this.touch();
  }

  /** Shows the messages that were cached, until the server's are loaded. */
  restoreMessages(cached: CachedRoom): void {
    this.run.restore(cached.messages, cached.hasOlder, cached.upTo);
    if (this.room === cached.room) {
      this.cached = cached;
    }
    this.loadIfOpen();
  }

  /** Returns what is to be cached. */
  cache(): CachedRoom {
    const { room, reads, run } = this;
    return (this.cached ??= {
      room: reads.withPositions(room),
      unread: reads.unread,
      unreadMore: reads.unreadMore,
      messages: run.messages,
      hasOlder: run.hasOlder,
      upTo: run.upTo ?? (run.loading.loaded ? room.lastSeq : 0n),
    });
  }

  // What the server says.

  loadIfOpen(): void {
    if (this.config.isOpen(this.room.id)) {
      void this.run.load();
    }
  }

  /** Takes the room of a list from the server. Events may have been faster than it. */
  take(room: Room): void {
    const { reads, restoredSeq } = this;
    const newer = this.room.lastSeq > room.lastSeq && this.room.lastSeq !== restoredSeq;
    this.restoredSeq = undefined;
    reads.take(room, newer);
    const listed = room.participants.find((p) => p.userId === this.config.me)?.readSeq ?? 0n;
    if (!newer) {
      this.room = room;
    }
    if (reads.own > listed) {
      // The server does not know it yet. It is counted again when it does.
      this.recount(reads.own, false);
      if (restoredSeq !== undefined) {
        // The user read it before a restart, which may have lost the request.
        this.config.sendRead(room.id, reads.own);
      }
    }
    this.touch();
    this.touchMessages();
    if (!this.run.loading.loading) {
      this.loadIfOpen();
    }
  }

  messageArrived(message: Message): void {
    const sender = message.sender?.userId ?? "";
    if (sender !== this.config.me) {
      this.reads.arrived(message, this.room.lastSeq);
    }
    this.checkParticipant(sender);
    this.advance(message.seq, { lastMessage: message });
    this.run.insert(message);
  }

  messageChanged({ seq, message }: MessageEdited | MessageDeleted, deleted: boolean): void {
    if (message === undefined) {
      return;
    }
    if (deleted && message.sender?.userId !== this.config.me) {
      this.reads.deleted(message, seq, this.room.lastSeq);
    }
    this.advance(seq, this.room.lastMessage?.id === message.id ? { lastMessage: message } : {});
    this.run.amend(message);
  }

  memberJoined({ seq, user, joinedAt }: MemberJoined): void {
    if (user === undefined) {
      return;
    }
    const { userId, displayName, avatar, guest, withdrawn } = user;
    const shown = { userId, displayName, avatar, guest, withdrawn };
    const newcomer = create(RoomParticipantSchema, { ...shown, readSeq: seq, ...(joinedAt ? { joinedAt } : {}) });
    this.reads.set(userId, seq);
    this.advance(seq, { participants: [...this.othersThan(userId), newcomer] });
    this.touchMessages();
  }

  memberLeft({ seq, user }: MemberLeft): void {
    if (user === undefined) {
      return;
    }
    this.reads.delete(user.userId);
    this.advance(seq, { participants: this.othersThan(user.userId) });
    this.touchMessages();
  }

  read(userId: string, seq: bigint): void {
    if (!this.reads.isNew(userId, seq)) {
      return;
    }
    this.checkParticipant(userId);
    this.reads.set(userId, seq);
    if (userId === this.config.me) {
      this.recount(seq);
    }
    this.touchMessages();
  }

  /** Counts again what is unread after the user has read up to seq. If only the server can count it, the list is loaded if `ask` is set. */
  recount(seq: bigint, ask = true): void {
    const { run, room, reads } = this;
    if (!reads.recount(seq, room.lastSeq, run.messages, run.loading.loaded) && ask) {
      this.config.reloadList();
    }
    this.touch();
  }

  /** Loads the list again if a user is not known to be in the room: no event says that a user has joined a global room. */
  private checkParticipant(userId: string): void {
    if (!this.room.participants.some((p) => p.userId === userId)) {
      this.config.reloadList();
    }
  }

  private othersThan(userId: string): Room["participants"] {
    return this.room.participants.filter((p) => p.userId !== userId);
  }

  private advance(seq: bigint, change: Partial<Room>): void {
    this.room = { ...this.room, ...change, lastSeq: seq > this.room.lastSeq ? seq : this.room.lastSeq };
    this.touch();
  }

  /** Notes that something other than the messages may have changed. */
  touch(): void {
    this.cached = undefined;
    this.config.roomChanged(this.room.id);
  }

  touchMessages(): void {
    this.cached = undefined;
    this.config.messagesChanged(this.room.id);
  }
}
