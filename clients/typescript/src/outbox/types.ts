import type { Fault } from "../errors.js";
import type { Message } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Game, GameEnd, ParticipantStatus, Team } from "../gen/dongbaejul/v1/games_pb.js";
import type { Comment, Post, PostCategory } from "../gen/dongbaejul/v1/posts_pb.js";
import type { Readable } from "../state/observable.js";
import type { KeyValueStorage } from "../storage.js";

/** A file to attach. */
export interface OutgoingAttachment {
  /** What PhotoService.CreateUpload answered. */
  readonly fileId: string;
  /** What is shown until the server has answered: the upload has the name for good. */
  readonly name: string;
}

/** What an outbox can send. Plain JSON. */
export type OutboxAction =
  | {
      readonly kind: "send_message";
      readonly roomId: string;
      readonly content: string;
      readonly attachments?: readonly OutgoingAttachment[];
      /** Id of the message this one answers. */
      readonly replyTo?: string;
    }
  | { readonly kind: "edit_message"; readonly roomId: string; readonly messageId: string; readonly content: string }
  | { readonly kind: "delete_message"; readonly roomId: string; readonly messageId: string }
  /** Only the furthest position of a room that is waiting is sent. */
  | { readonly kind: "mark_read"; readonly roomId: string; readonly upTo: number }
  | { readonly kind: "join_game"; readonly gameId: string }
  | { readonly kind: "leave_game"; readonly gameId: string }
  | { readonly kind: "set_teams"; readonly gameId: string; readonly team1: readonly string[]; readonly team2: readonly string[] }
  | { readonly kind: "start_game"; readonly gameId: string; readonly courtId: string }
  | {
      readonly kind: "update_score";
      readonly gameId: string;
      readonly setNumber: number;
      readonly team1Score: number;
      readonly team2Score: number;
      /**
       * The version of the game that the scorer saw, pending changes of their own left out. Where it has changed since by somebody
       * else, the action fails as VERSION_CONFLICT with the present game. Left out, the score is set whatever it was.
       */
      readonly expectedVersion?: number;
    }
  | {
      readonly kind: "complete_game";
      readonly gameId: string;
      /** COMPLETED when left out. */
      readonly end?: GameEnd;
      /** Needed for RETIRED and WALKOVER. */
      readonly winner?: Team;
      readonly mvp?: string;
    }
  | { readonly kind: "cancel_game"; readonly gameId: string }
  | {
      readonly kind: "create_post";
      readonly title: string;
      readonly content: string;
      readonly category: PostCategory;
      readonly isPinned?: boolean;
      readonly attachments?: readonly OutgoingAttachment[];
    }
  | { readonly kind: "create_comment"; readonly postId: string; readonly content: string; readonly parentId?: string }
  | { readonly kind: "like_post"; readonly postId: string; readonly liked: boolean };

export type OutboxActionKind = OutboxAction["kind"];

/** What the server answered, where that is something to show. */
export interface OutboxResult {
  readonly message?: Message;
  readonly game?: Game;
  readonly participantStatus?: ParticipantStatus;
  readonly post?: Post;
  readonly comment?: Comment;
  /** What is left to read in the room. */
  readonly unreadCount?: number;
}

/** How far an action is. */
export type OutboxProgress =
  /** Waits: for its turn, for a connection, or until somebody is signed in. `fault` is why the last try failed. */
  | { readonly state: "queued"; readonly fault?: Fault; readonly retryAt?: number }
  | { readonly state: "sending" }
  /** Refused for good, or expired (`OUTBOX_EXPIRED`): it stays until somebody retries or drops it. */
  | { readonly state: "failed"; readonly fault: Fault }
  /** Done, once. Kept a while for show, not over restarts. */
  | { readonly state: "sent"; readonly result: OutboxResult };

export type OutboxItem<A extends OutboxAction = OutboxAction> = OutboxProgress & {
  /** Names the action for good: it is the message's `temp_id`, or the `request_id` of what is created. */
  readonly id: string;
  /** Actions of one lane are sent one after the other: `room/<id>`, `game/<id>`, `post/<id>` … */
  readonly lane: string;
  readonly action: A;
  /** When it was put in, as Date.now counts. */
  readonly createdAt: number;
  /** How often it was tried. */
  readonly attempts: number;
};

/**
 * Keeps what the user does until the server has it: through bad reception and restarts, in order, each exactly once. The
 * snapshot is all items in the order they were put in. It begins to work when it is first used: by `subscribe`, `add` or `flush`.
 */
export interface Outbox extends Readable<readonly OutboxItem[]> {
  /**
   * Puts an action in: it is in the snapshot when this returns. `stored` resolves when it is stored. It rejects if it cannot be: then
   * it is sent at once if there is a connection, and otherwise left to the user as failed. Throws if nobody is signed in, or too much is
   * waiting already.
   */
  add<A extends OutboxAction>(action: A): OutboxAdded<A>;
  /** Tries a failed action again, at the end of its lane. */
  retry(id: string): void;
  /** Removes an action that is not being sent. Returns false if it is being sent or gone. */
  drop(id: string): boolean;
  /** Tries everything that waits now, but for what the server has asked to wait for. */
  flush(): void;
  /** Resolves with the item once it is sent or failed; undefined if there is none, it was dropped, or its user has signed out. */
  settled(id: string): Promise<OutboxItem | undefined>;
  /** Stops sending, and resolves when nothing more will be written. What is left stays in the storage. */
  close(): Promise<void>;
}

export interface OutboxAdded<A extends OutboxAction = OutboxAction> {
  readonly item: OutboxItem<A>;
  readonly stored: Promise<void>;
}

export interface OutboxOptions {
  /** Keeps the actions over restarts; in memory when left out. It may be shared by tabs. */
  storage?: KeyValueStorage;
  /** How many actions may wait; one more is refused. 1000. */
  maxItems?: number;
  /** How many bytes the waiting actions may take in the storage; more is refused. 1,000,000. */
  maxBytes?: number;
  /**
   * How long after it was put in, or last retried, an action may still be sent, in milliseconds by its kind. When left out: messages,
   * posts and comments a day, signing up for a game and off it 6 hours, everything else about games 12 hours, the rest forever.
   */
  expireAfterMs?: { readonly [kind in OutboxActionKind]?: number };
  /** How many sent actions are kept for show. 100. */
  keepSent?: number;
  /** As in SubscribeTiming. */
  minDelayMs?: number;
  maxDelayMs?: number;
}
