import assert from "node:assert/strict";
import { createClient, GameType, RoomType, SkillLevel, subscribe, timestampFromDate } from "../../src/index.js";
import type { Client, ConnectionOptions, Event, Message, Subscription, SubscribeOptions } from "../../src/index.js";
import type { Chaos } from "./chaos.js";
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

/** The id of who is signed in; empty where nobody is. */
export function userOf(client: Client): string {
  const state = client.session.state.getSnapshot();
  return state.status === "signed_in" ? state.userId : "";
}

/** Opens a room for everybody. */
export async function openRoom(leader: Client, name = "동배즐 전체"): Promise<string> {
  const { room } = await leader.chat.createRoom({ name, type: RoomType.GLOBAL });
  return room?.id ?? "";
}

/** Announces a game for two that begins in an hour. */
export async function newGame(leader: Client): Promise<string> {
  const { game } = await leader.games.createGame({
    title: "목요 단식",
    gameDate: timestampFromDate(new Date(Date.now() + 3_600_000)),
    duration: 30,
    maxParticipants: 2,
    skillLevel: SkillLevel.ALL,
    gameType: GameType.SINGLES,
  });
  return game?.id ?? "";
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

/** Says nine things while the connection is cut again and again, and fails where not each of them is heard once and in order. */
export async function wantAllOverCuts(leader: Client, room: string, chaos: Chaos, at: ReturnType<typeof listen>): Promise<void> {
  const want = numbered(9);
  for (const [i, content] of want.entries()) {
    await say(leader, room, content);
    if (i % 3 === 2) {
      chaos.cut();
    }
  }
  await at.has(want.length);
  assert.deepEqual(at.contents(), want);
}

/** The contents of n messages. */
export function numbered(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `메시지 ${i + 1}`);
}
