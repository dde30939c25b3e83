import type { MessageList, RoomList, RoomView } from "../chat/types.js";
import type { Client } from "../client.js";
import type { Connection } from "../connection.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { UserProfile } from "../gen/dongbaejul/v1/users_pb.js";
import type { OfflineCache } from "../offline/types.js";
import type { Outbox, OutboxItem, OutgoingAttachment } from "../outbox/types.js";
import type { Permission } from "../permissions.js";
import type { SubscribeOptions, SubscriptionState } from "../subscribe/types.js";
import type { GameList, GameView } from "./games.js";
import type { EventName, EventValue } from "./listeners.js";
import type { MemberList } from "./members.js";
import type { NotificationList } from "./notifications.js";
import type { Readable } from "./observable.js";
import type { ProfileState } from "./profile.js";

export interface ClubOptions {
  /** Sends messages and actions; one in memory when left out. */
  outbox?: Outbox;
  /** Shows the club without a network, after a restart too: see createOfflineCache. None when left out. */
  cache?: OfflineCache;
  /** How to subscribe. */
  subscribe?: Omit<SubscribeOptions, "onEvents" | "signal" | "cursors">;
  /** Gets every event after the state has taken it, such as `postCreated`. */
  onEvent?(event: Event): void;
  /** How many messages are kept of a room that is open, besides older ones that were loaded. 500. */
  maxMessages?: number;
  /** How many messages are kept of a room that is not. 50. */
  maxClosedMessages?: number;
  /** How many games that are over and how many notifications are kept. 200. */
  maxPast?: number;
}

/**
 * The club as this user sees it, kept up to date. Every part is a Readable of its own, so that a component that shows
 * one room renders again only when that room changes. The same arguments return the same object: `club.room(id)` can be called in a render.
 */
export interface Club {
  readonly outbox: Outbox;
  readonly connection: Readable<SubscriptionState>;
  /** The user's own profile; undefined until it is known. */
  readonly me: Readable<UserProfile | undefined>;
  /** What the user's role allows now, such as "posts.pin". */
  readonly permissions: Readable<readonly (Permission | (string & {}))[]>;
  /** Both, and how they are loaded. */
  readonly profile: Readable<ProfileState>;
  readonly rooms: Readable<RoomList>;
  room(roomId: string): Readable<RoomView | undefined>;
  messages(roomId: string): Readable<MessageList>;
  /** The ids of the users who are typing in a room, without the user's own. */
  typing(roomId: string): Readable<readonly string[]>;
  readonly games: Readable<GameList>;
  /** A game of the list, or another that `loadGame` has loaded. */
  game(gameId: string): Readable<GameView | undefined>;
  /** The ids of the users who are online. */
  readonly presence: Readable<ReadonlySet<string>>;
  online(userId: string): Readable<boolean>;
  readonly notifications: Readable<NotificationList>;
  /** All active members, once `loadMembers` was called, or those that the cache has. */
  readonly members: Readable<MemberList>;

  /** Subscribes as the user who is signed in, and as each user who signs in later. */
  start(): void;
  /** Unsubscribes, and forgets everything but the outbox. */
  stop(): Promise<void>;
  /** Reconnects at once if the connection waits, or was ended by another stream with the same device id. */
  reconnect(): void;

  /**
   * Calls the listener with every event of a kind after the state has taken it, also with numbered ones that came while there was no
   * connection. Returns a function that removes the listener. An error of a listener is logged.
   */
  on<N extends EventName>(name: N, listener: (value: EventValue<N>, event: Event) => void): () => void;

  /**
   * Loads a room's newest messages and keeps more of them until the function that it returns is called:
   * `useEffect(() => club.openRoom(id), [id])`.
   */
  openRoom(roomId: string): () => void;
  /** Loads a page of older messages. Resolves when they are there; does nothing where there are none. */
  loadOlder(roomId: string): Promise<void>;
  /** Notes that the user has read a room up to a message, or all of it. */
  markRead(roomId: string, upTo?: bigint): void;
  /** Shows in a room that the user is typing, or has stopped. Call it at every key: the server is called only as often as needed. */
  setTyping(roomId: string, typing: boolean): void;
  /** Loads a game that is not in the list. */
  loadGame(gameId: string): Promise<void>;
  /** Loads all members, and again those that have changed. Resolves when they are there or cannot be loaded, which `members` says. */
  loadMembers(): Promise<void>;
  /** Loads a page of older notifications. */
  loadOlderNotifications(): Promise<void>;
  /** Notes that the user has seen all notifications up to one, or all of them. */
  markNotificationsRead(upTo?: bigint): Promise<void>;

  /** Sends a message, by the outbox. */
  sendMessage(roomId: string, content: string, more?: { attachments?: readonly OutgoingAttachment[]; replyTo?: string }): OutboxItem;
}

/** What the state is created from: a Client, or a Connection with these services of it. */
export type ClubSource = Connection & Pick<Client, "auth" | "chat" | "games" | "notifications" | "users">;
