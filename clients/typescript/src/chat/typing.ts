import type { Client as ServiceClient } from "@connectrpc/connect";
import type { ChatService } from "../gen/dongbaejul/v1/chat_pb.js";

/** A user has stopped typing if the server is silent about it for so long: it repeats it every 6 s. */
const typingMs = 7_000;
/** How often the server is told that the user is typing: it passes that on every 3 s. */
const resendMs = 3_000;

/** Who is typing in which room, and what was sent of the user's own typing. */
export class Typing {
  /** By room and user, with what ends it. */
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
    // It is not worth another attempt: it is over by then.
    this.chat.setTyping({ roomId, isTyping: typing }).catch(() => undefined);
  }

  /** Notes that the user has sent what they were typing, which the server takes for the end of it. */
  sent(roomId: string): void {
    this.sentAt.delete(roomId);
  }
}
