import { randomId } from "../timers.js";
import type { OutboxAction, OutboxItem, OutboxProgress } from "./types.js";

/** An action, with its state of sending. */
export interface Entry {
  head: Pick<OutboxItem, "id" | "lane" | "action" | "createdAt">;
  attempts: number;
  progress: OutboxProgress;
  /** The item that shows the entry as it is now. */
  item: OutboxItem;
  /** When it was first tried, in milliseconds as of Date.now. */
  firstTriedAt?: number;
  /** When the user last retried it. */
  retriedAt?: number;
  /** The version that a score is based on; or the id of the score before it, whose answer brings the version. See scores.ts. */
  base?: number;
  after?: string;
  /** Pending while it is stored the first time. */
  storing?: Promise<void>;
  /** Set while it is not stored because the storage failed. */
  unstored?: true;
  /** Ends the upload of its files, while there is one. */
  stopUpload?: () => void;
}

export function newEntry(action: OutboxAction): Entry {
  const head = { id: randomId(), lane: laneOf(action), action, createdAt: Date.now() };
  return withItem({ head, attempts: 0, progress: { state: "queued" } });
}

/** Adds the item that shows an entry as it is now. */
export function withItem(entry: Omit<Entry, "item"> & { item?: OutboxItem }): Entry {
  entry.item = { ...entry.head, attempts: entry.attempts, ...entry.progress };
  return entry as Entry;
}

export function setProgress(entry: Entry, progress: OutboxProgress): void {
  entry.progress = progress;
  withItem(entry);
}

/** Reports whether an action has files to upload. */
export function hasFiles(action: OutboxAction): boolean {
  return "attachments" in action && action.attachments?.some(({ file }) => file !== undefined) === true;
}

/** Returns the lane of an action: it is sent after the others there. */
export function laneOf(action: OutboxAction): string {
  switch (action.kind) {
    case "send_message":
    case "edit_message":
    case "delete_message":
      return `room/${action.roomId}`;
    case "mark_read":
      return `read/${action.roomId}`;
    case "create_post":
      return "posts";
    case "create_comment":
    case "like_post":
      return `post/${action.postId}`;
    default:
      return `game/${action.gameId}`;
  }
}
