import type { Message, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Game } from "../gen/dongbaejul/v1/games_pb.js";
import type { Notification } from "../gen/dongbaejul/v1/notifications_pb.js";
import type { Member, UserProfile } from "../gen/dongbaejul/v1/users_pb.js";

/** A room as it is cached. */
export interface CachedRoom {
  /** With the participants' read positions. */
  readonly room: Room;
  readonly unread: number;
  readonly unreadMore: boolean;
  /** The newest ones, in order. Empty if none were loaded. */
  readonly messages: readonly Message[];
  /** Whether the server has older ones. */
  readonly hasOlder: boolean;
  /** The `last_seq` of the room up to which the messages are complete; 0 if that is not known. */
  readonly upTo: bigint;
}

export interface CachedNotifications {
  /** The newest first. */
  readonly notifications: readonly Notification[];
  readonly unread: number;
  readonly hasOlder: boolean;
}

export interface CachedProfile {
  readonly user: UserProfile;
  readonly permissions: readonly string[];
}

/** The cached state of a user. A part is undefined while it is not known; its stored value stays. */
export interface CachedState {
  readonly profile?: CachedProfile | undefined;
  /** The most recently active first: if not all fit, the last ones are left out. */
  readonly rooms?: readonly CachedRoom[] | undefined;
  /** The most important first. */
  readonly games?: readonly Game[] | undefined;
  readonly notifications?: CachedNotifications | undefined;
  readonly members?: readonly Member[] | undefined;
}

/** How a club uses the cache of its user. */
export interface CacheUse {
  /** Is called once, unless nothing usable is stored or the cache is closed first. */
  restore(state: CachedState): void;
  /** Returns the current state. A part that has not changed is the same object as before. */
  state(): CachedState;
}

/** The cache of one user while that user is signed in. */
export interface OpenCache {
  /** Must be called when the state may have changed: it is written soon. */
  changed(): void;
  /** Writes the state a last time. Resolves when nothing more will be written; never rejects. */
  close(): Promise<void>;
}

/**
 * Keeps the state of the user who is signed in over restarts, so that a club can be shown without a network. It holds one user's
 * state at a time and deletes it when that user signs out.
 */
export interface OfflineCache {
  /** Opens the cache of a user. It is for createClub. */
  open(userId: string, use: CacheUse): OpenCache;
  /** Deletes everything that is stored. The current state is stored again with the next change. Rejects if the storage fails. */
  clear(): Promise<void>;
  /** Stops watching the session. Resolves when nothing more will be written. */
  close(): Promise<void>;
}
