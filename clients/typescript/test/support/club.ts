import { createClient, RoomType } from "../../src/index.js";
import type { Client, ConnectionOptions, Event, Message, Subscription, SubscribeOptions } from "../../src/index.js";
import { subscribe } from "../../src/index.js";
import type { Server } from "./server.js";
import { until } from "./wait.js";

/** Times at which tests need not wait. */
export const quick = { minDelayMs: 2, maxDelayMs: 20, helloMs: 5_000, stableMs: 200, pollMs: 500, pollGapMs: 10 };

/** A client that is signed in as the club's leader, or its n-th member. */
export async function signedIn(server: Server, who: "leader" | number, options: Partial<ConnectionOptions> = {}): Promise<Client> {
  const client = createClient({ baseUrl: server.url, ...options });
  const members = await server.members();
  const member = who === "leader" ? members.find((m) => m.role === "leader") : members.filter((m) => m.role === "member")[who];
  await server.signIn(client, member);
  return client;
}

/** Opens a room for everybody. */
export async function openRoom(leader: Client, name = "동배즐 전체"): Promise<string> {
  const { room } = await leader.chat.createRoom({ name, type: RoomType.GLOBAL });
  return room?.id ?? "";
}

let sent = 0;

/** Sends a message past all that makes it sure: it is there when this resolves. */
export async function say(client: Client, roomId: string, content: string): Promise<Message> {
  const { message } = await client.chat.sendMessage({ roomId, content, tempId: `said-${process.pid}-${sent++}` });
  if (message === undefined) {
    throw new Error("the answer holds no message");
  }
  return message;
}

/** Subscribes, and keeps what comes. */
export function listen(client: Client, options: Partial<SubscribeOptions> = {}) {
  const events: Event[] = [];
  const states: string[] = [];
  const subscription: Subscription = subscribe(client, {
    timing: quick,
    onEvents: (batch) => void events.push(...batch),
    ...options,
  });
  subscription.state.subscribe(() => states.push(subscription.state.getSnapshot().status));
  const messages = () => events.flatMap((e) => (e.payload.case === "message" ? [e.payload.value] : []));
  return {
    events,
    states,
    subscription,
    messages,
    contents: () => messages().map((m) => m.content),
    status: () => subscription.state.getSnapshot(),
    isOpen: () => until("the subscription to be open", () => subscription.state.getSnapshot().status === "open"),
    /** Waits for so many messages. */
    has: (n: number, ms?: number) => until(`${n} messages, there are ${messages().length}`, () => messages().length >= n, ms),
  };
}

/** The contents of n messages. */
export function numbered(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `메시지 ${i + 1}`);
}
