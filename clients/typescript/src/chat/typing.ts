import type { Client as ServiceClient } from "@connectrpc/connect";
import type { ChatService } from "../gen/dongbaejul/v1/chat_pb.js";

/** After how long without an event a user has stopped typing. The server repeats the event every 6 s. */
const typingMs = 7_000;
/** How often it is sent to the server that the user is typing. The server passes it on every 3 s. */
const resendMs = 3_000;

/** Who is typing in which room, and what was sent of the user's own typing. */
export class Typing {
  /** By room and user, with the timers that end it. */
  private readonly timers = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();
  private readonly sentAt = new Map<string, number>();

  /** `changed` is called with a room when its typists may have changed. */
  constructor(
    private readonly chat: ServiceClient<typeof ChatService>,
    private readonly me: string,
    private readonly changed: (roomId: string) => void,
  ) {}

  /** Returns the ids of the other users who are typing in a room. */
  typists(roomId: string): string[] {
    return [...(this.timers.get(roomId)?.keys() ?? [])].sort();
  }

  receive(roomId: string, userId: string, typing: boolean): void {
    const timers = this.timers.get(roomId) ?? new Map<string, ReturnType<typeof setTimeout>>();
    if (userId === this.me || (!typing && !timers.has(userId))) {
      return;
    }
    clearTimeout(timers.get(userId));
    timers.delete(userId);
    if (typing) {
      timers.set(
        userId,
        setTimeout(() => this.receive(roomId, userId, false), typingMs),
      );
    }
    this.timers.set(roomId, timers);
    this.changed(roomId);
  }

  /** Ends all typing in a room. */
  clear(roomId: string): void {
    this.timers.get(roomId)?.forEach((timer) => clearTimeout(timer));
    this.timers.delete(roomId);
    this.changed(roomId);
  }

  send(roomId: string, typing: boolean): void {
    const since = Date.now() - (this.sentAt.get(roomId) ?? 0);
    if (typing ? since < resendMs : since > typingMs) {
      return;
    }
    if (typing) {
      this.sentAt.set(roomId, Date.now());
    } else {
      this.sentAt.delete(roomId);
    }
    // Not retried: it would be out of date by then.
    this.chat.setTyping({ roomId, isTyping: typing }).catch(() => undefined);
  }

  /** Notes that the user has sent what they were typing. The server takes that as the end of it. */
  sent(roomId: string): void {
    this.sentAt.delete(roomId);
  }
}
