import type { Message, Room } from "../gen/dongbaejul/v1/chat_pb.js";

const maxArrivals = 200;

/** How far the participants of a room have read, and how much of it the user has not. */
export class Reads {
  private readonly positions = new Map<string, bigint>();
  /** The numbers of others' latest messages, to count those that a list from the server does not have yet. */
  private arrivals: readonly bigint[] = [];
  unread = 0;
  /** Whether there may be more unread than that. */
  unreadMore = false;

  constructor(private readonly me: string) {}

  /** Returns how far the user has read. */
  get own(): bigint {
    return this.positions.get(this.me) ?? 0n;
  }

  /** Takes what was cached. */
  restore(room: Room, unread: number, unreadMore: boolean): void {
    room.participants.forEach(({ userId, readSeq }) => this.positions.set(userId, readSeq));
    this.unread = unread;
    this.unreadMore = unreadMore;
  }

  /** Returns a room with the participants' positions. */
  withPositions(room: Room): Room {
    const participants = room.participants.map((p) => ({ ...p, readSeq: this.positions.get(p.userId) ?? p.readSeq }));
    return { ...room, participants };
  }

  set(userId: string, seq: bigint): void {
    this.positions.set(userId, seq);
  }

  delete(userId: string): void {
    this.positions.delete(userId);
  }

  /** Reports whether a user is not known to have read so far. */
  isNew(userId: string, seq: bigint): boolean {
    return seq > (this.positions.get(userId) ?? 0n);
  }

  /** Counts a new message of a room that was at lastSeq before. */
  arrived(message: Message, lastSeq: bigint): void {
    this.arrivals = [...this.arrivals, message.seq].slice(-maxArrivals);
    this.unread += this.counts(message.seq, message, lastSeq) ? 1 : 0;
  }

  /** Counts a message that was deleted by the entry numbered seq. */
  deleted(message: Message, seq: bigint, lastSeq: bigint): void {
    this.arrivals = this.arrivals.filter((s) => s !== message.seq);
    this.unread -= this.unread > 0 && this.counts(seq, message, lastSeq) ? 1 : 0;
  }

  /** Reports whether a new entry is about a message that the user has not read. */
  private counts(seq: bigint, message: Message, lastSeq: bigint): boolean {
    return seq > lastSeq && message.seq > this.own;
  }

  /** Takes the room of a list from the server. Events may have been faster than it. */
  take(room: Room, isStale: boolean): void {
    const ids = new Set(room.participants.map((p) => p.userId));
    for (const { userId, readSeq } of room.participants) {
      if (readSeq > (this.positions.get(userId) ?? -1n)) {
        this.positions.set(userId, readSeq);
      }
    }
    if (!isStale) {
      [...this.positions.keys()].filter((id) => !ids.has(id)).forEach((id) => this.positions.delete(id));
    }
    this.unreadMore = room.unreadMore;
    this.unread = room.unreadCount + this.arrivals.filter((seq) => seq > room.lastSeq).length;
  }

  /**
   * Counts what is unread after the user has read up to seq, in a room at lastSeq, by the messages that are loaded. Returns false if
   * only the server can count it.
   */
  recount(seq: bigint, lastSeq: bigint, messages: readonly Message[], isLoaded: boolean): boolean {
    const first = messages[0]?.seq;
    if (seq < lastSeq && (!isLoaded || first === undefined || seq < first - 1n)) {
      return false;
    }
    this.unread = seq >= lastSeq ? 0 : messages.filter((m) => m.seq > seq && !m.deleted && m.sender?.userId !== this.me).length;
    this.unreadMore = false;
    return true;
  }

  /** Returns a function that counts how many others have not read a message. */
  unreadBy(): (message: Message) => number {
    const positions = [...this.positions.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
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
      const own = sender === undefined ? undefined : this.positions.get(sender.userId);
      return own !== undefined && own < seq ? low - 1 : low;
    };
  }
}
