import type { Client } from "./client.js";
import type { SubscribeOptions, SubscriptionState } from "./events.js";
import type { Fault } from "./fault.js";
import type { UserProfile } from "./gen/dongbaejul/v1/users_pb.js";
import type { Message, Room } from "./gen/dongbaejul/v1/chat_pb.js";
import type { Event } from "./gen/dongbaejul/v1/events_pb.js";
import type { Game } from "./gen/dongbaejul/v1/games_pb.js";
import type { Notification } from "./gen/dongbaejul/v1/notifications_pb.js";
import type { Outbox, OutboxItem } from "./outbox.js";
import type { Readable } from "./readable.js";

/** How a list is that comes from the server. */
export interface Loading {
  /** Whether it was loaded once. */
  readonly loaded: boolean;
  /** Whether it is being loaded. */
  readonly loading: boolean;
  /** Why it could not be loaded last; it is tried again when the connection is back. */
  readonly fault?: Fault;
}

/** A room in a list. */
export interface RoomView {
  readonly id: string;
  /** The room's name, or the other person's in a private room. */
  readonly title: string;
  /** As the server has it; participants' read positions and last_message are kept up to date. */
  readonly room: Room;
  readonly unread: number;
}

export interface RoomList extends Loading {
  /** The last active first. */
  readonly rooms: readonly RoomView[];
  /** What is unread in all of them. */
  readonly unread: number;
}

/** A message in a room: one that the server has, or one of one's own that is on its way. */
export interface MessageView {
  /** Stays the same when a message of one's own is sent: a key for React. */
  readonly key: string;
  /** Of a message on its way: `id` is empty, and `seq` 0. */
  readonly message: Message;
  readonly mine: boolean;
  /** Where it is; `failed` ones can be retried or dropped by `item.id`. */
  readonly state: "sent" | "queued" | "sending" | "failed";
  /** Of one's own that is on its way or failed. */
  readonly item?: OutboxItem;
  /** "안 읽음 N": how many others have not read it. */
  readonly unreadBy: number;
}

export interface MessageList extends Loading {
  /** The oldest first, those on their way last. A run without holes that ends with the newest. */
  readonly messages: readonly MessageView[];
  /** Whether there are older ones to load. */
  readonly hasOlder: boolean;
}

/** A game, with what the user has done to it that the server has not answered yet. */
export interface GameView {
  readonly id: string;
  /** As the server has it. */
  readonly game: Game;
  /** As it will be if what is pending goes well: scores, and whether the user is in it. */
  readonly shown: Game;
  readonly pending: readonly OutboxItem[];
}

export interface GameList extends Loading {
  /** Those being played and those to come, by date, and those that have ended since the program runs. */
  readonly games: readonly GameView[];
}

export interface NotificationList extends Loading {
  /** The newest first. */
  readonly notifications: readonly Notification[];
  readonly unread: number;
}

export interface ClubOptions {
  /** What sends messages and actions; one in memory when left out. */
  outbox?: Outbox;
  /** How to subscribe. */
  subscribe?: Omit<SubscribeOptions, "onEvents" | "signal" | "cursors" | "cursorsKey">;
  /** Gets every event after the state has taken it, such as `postCreated`. */
  onEvent?(event: Event): void;
  /** How many messages are kept of a room that is open. 500. */
  maxMessages?: number;
  /** How many messages are kept of a room that is not. 50. */
  maxClosedMessages?: number;
  /** How many games that are over and how many notifications are kept. 200. */
  maxPast?: number;
}

/**
 * The club as this user sees it, kept up to date. Every part is a Readable of its own, so that what shows one room is drawn
 * anew only when that room changes. What is asked for twice is the same object: `club.room(id)` can be called in a render.
 */
export interface Club {
  readonly outbox: Outbox;
  readonly connection: Readable<SubscriptionState>;
  /** The user's own profile; undefined until it is known. */
  readonly me: Readable<UserProfile | undefined>;
  readonly rooms: Readable<RoomList>;
  room(roomId: string): Readable<RoomView | undefined>;
  messages(roomId: string): Readable<MessageList>;
  /** Ids of who is typing in a room, oneself left out. */
  typing(roomId: string): Readable<readonly string[]>;
  readonly games: Readable<GameList>;
  /** A game of the list, or another that was looked at by `loadGame`. */
  game(gameId: string): Readable<GameView | undefined>;
  /** Ids of who is online. */
  readonly presence: Readable<ReadonlySet<string>>;
  online(userId: string): Readable<boolean>;
  readonly notifications: Readable<NotificationList>;

  /** Begins to follow the club. */
  start(): void;
  /** Stops, and forgets everything but what is in the outbox's storage. */
  stop(): Promise<void>;
  /** Comes back at once where the connection waits to. */
  reconnect(): void;

  /** Loads a room's newest messages and keeps more of them until what it gives is called: `useEffect(() => club.openRoom(id), [id])`. */
  openRoom(roomId: string): () => void;
  /** Loads a page of older messages. Resolves when they are there; does nothing where there are none. */
  loadOlder(roomId: string): Promise<void>;
  /** Notes that the user has read a room up to a message, or all of it. */
  markRead(roomId: string, upTo?: bigint): void;
  /** Tells a room that the user is typing, or has stopped. Call it at every key: it tells the server as seldom as will do. */
  setTyping(roomId: string, typing: boolean): void;
  /** Loads a game that is not in the list. */
  loadGame(gameId: string): Promise<void>;
  /** Loads a page of older notifications. */
  loadOlderNotifications(): Promise<void>;
  /** Notes that the user has seen all notifications up to one, or all of them. */
  markNotificationsRead(upTo?: bigint): Promise<void>;

  /** Sends a message: `outbox.add` with the room's lane. */
  sendMessage(roomId: string, content: string, more?: { attachments?: readonly { fileId: string; name: string }[]; replyTo?: string }): OutboxItem;
}

/** Makes the state of who is signed in. Call `start` when it is shown. */
export declare function createClub(client: Client, options?: ClubOptions): Club;
