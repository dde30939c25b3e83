import type { CallOptions } from "@connectrpc/connect";
import type { Fault } from "../errors.js";
import type { Message } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Game, GameEnd, ParticipantStatus, Team } from "../gen/dongbaejul/v1/games_pb.js";
import type { Comment, Post, PostCategory } from "../gen/dongbaejul/v1/posts_pb.js";
import type { Readable } from "../state/observable.js";
import type { KeyValueStorage } from "../storage.js";
import type { UploadFile } from "../uploads/types.js";

/** A file to attach. */
export type OutgoingAttachment = UploadedAttachment | OutgoingFile;

/** A file that is uploaded already. */
export interface UploadedAttachment {
  /** What PhotoService.CreateUpload answered. */
  readonly fileId: string;
  /** Is shown until the server has answered. The upload itself has the final name. */
  readonly name: string;
  readonly file?: undefined;
}

/** A file that the outbox uploads before it sends the action. It needs the `files` of OutboxOptions. */
export interface OutgoingFile {
  /** The file; once its bytes are kept, what they are kept by. */
  readonly file: UploadFile | KeptFile;
  /** What people see it called. The file's own name when left out. */
  readonly name?: string;
  /** The upload, once the server has it. */
  readonly fileId?: string;
  /** The request_id of that. */
  readonly uploadedBy?: string;
}

/** A file in a FileStore. */
export interface KeptFile {
  readonly key: string;
  readonly name?: string;
  readonly type: string;
  readonly size: number;
}

/** What an outbox can send. Plain JSON, but for files that are not kept yet. */
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
  /** If several positions of a room wait, only the furthest is sent. */
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
       * The version of the game that the scorer saw, without their own pending changes. If somebody else has changed the game since,
       * the action fails with VERSION_CONFLICT and the current game. Without a version, the score is overwritten.
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

/** The server's answer, if there is something to show. */
export interface OutboxResult {
  readonly message?: Message;
  readonly game?: Game;
  readonly participantStatus?: ParticipantStatus;
  readonly post?: Post;
  readonly comment?: Comment;
  /** The number of unread messages in the room. */
  readonly unreadCount?: number;
}

/** The progress of an action. */
export type OutboxProgress =
  /** Waits for its turn, for a connection, or for a sign-in. `fault` is why the last attempt failed. */
  | { readonly state: "queued"; readonly fault?: Fault; readonly retryAt?: number }
  | {
      readonly state: "sending";
      /** While a file of the action is uploaded: until then it can be dropped. */
      readonly upload?: UploadProgress;
    }
  /** Refused for good, or expired (`OUTBOX_EXPIRED`): it stays until the user retries or drops it. */
  | { readonly state: "failed"; readonly fault: Fault }
  /** Sent, exactly once. It stays in the snapshot for a while, but not over restarts. */
  | { readonly state: "sent"; readonly result: OutboxResult };

/** How far the files of an action are. */
export interface UploadProgress {
  /** Which of its files is uploaded, from 0 on, and of how many. */
  readonly file: number;
  readonly files: number;
  /** The bytes of that file. */
  readonly sent: number;
  readonly total: number;
}

export type OutboxItem<A extends OutboxAction = OutboxAction> = OutboxProgress & {
  /** The permanent id of the action: the message's `temp_id`, or the `request_id` of what is created. */
  readonly id: string;
  /** Actions of one lane are sent one after the other: `room/<id>`, `game/<id>`, `post/<id>` … */
  readonly lane: string;
  readonly action: A;
  /** When it was added, in milliseconds as of Date.now. */
  readonly createdAt: number;
  /** How often it was tried. */
  readonly attempts: number;
};

/**
 * Queues the user's actions until the server has them: in order, each exactly once, over bad connections and restarts. The
 * snapshot has all items in the order they were added. It starts on first use: by `subscribe`, `add` or `flush`.
 */
export interface Outbox extends Readable<readonly OutboxItem[]> {
  /**
   * Adds an action, which is in the snapshot when this returns. `stored` resolves when it is stored. It rejects if that fails: then
   * the action is sent at once if there is a connection, and fails otherwise. Throws if nobody is signed in, or too many actions
   * wait already.
   */
  add<A extends OutboxAction>(action: A): OutboxAdded<A>;
  /** Retries a failed action, at the end of its lane. */
  retry(id: string): void;
  /** Removes an action that is not being sent, also while its files are uploaded. Returns false if it is being sent or gone. */
  drop(id: string): boolean;
  /** Sends everything that waits now, except where the server has asked to wait. */
  flush(): void;
  /** Resolves with the item once it is sent or failed, or with undefined if there is none, it is dropped, or its user signs out. */
  settled(id: string): Promise<OutboxItem | undefined>;
  /** Stops sending. Resolves when nothing more will be written. Unsent actions stay in the storage. */
  close(): Promise<void>;
}

export interface OutboxAdded<A extends OutboxAction = OutboxAction> {
  readonly item: OutboxItem<A>;
  readonly stored: Promise<void>;
}

export interface OutboxOptions {
  /** Stores the actions over restarts; in memory when left out. Tabs may share it. */
  storage?: KeyValueStorage;
  /** Uploads files before the actions that attach them: see createOutboxFiles. Without it, actions with files are refused. */
  files?: OutboxFiles;
  /** How many actions may wait; one more is refused. 1000. */
  maxItems?: number;
  /** How many bytes the waiting actions may take in the storage; more is refused. 1,000,000. */
  maxBytes?: number;
  /**
   * How long after it was added, or last retried, an action may still be sent, in milliseconds by kind. When left out: messages,
   * posts and comments a day, joining and leaving games 6 hours, everything else about games 12 hours, the rest forever.
   */
  expireAfterMs?: { readonly [kind in OutboxActionKind]?: number };
  /** How many sent actions stay in the snapshot. 100. */
  keepSent?: number;
  /** As in SubscribeTiming. */
  minDelayMs?: number;
  maxDelayMs?: number;
}

/** Keeps and uploads the files of an outbox. */
export interface OutboxFiles {
  /** Keeps the files of an action over restarts. Rejects if that fails; then the action has them as they were given. */
  keep(action: FilesOfAction): Promise<void>;
  /** Uploads the files of an action that are not uploaded yet. */
  upload(action: FilesOfAction, call: CallOptions): Promise<void>;
  /** Deletes the files that are kept of an action. */
  forget(action: FilesOfAction): Promise<void>;
}

/** An action of an outbox, as OutboxFiles change it. */
export interface FilesOfAction {
  readonly id: string;
  readonly createdAt: number;
  /** When the user last retried it. */
  readonly retriedAt: number | undefined;
  readonly action: OutboxAction;
  update(action: OutboxAction): void;
  progress(upload: UploadProgress | undefined): void;
}
