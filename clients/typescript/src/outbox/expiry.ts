import type { Entry } from "./entry.js";
import type { OutboxActionKind } from "./types.js";

const hourMs = 60 * 60_000;

/** How long an action still makes sense after the user has asked for it. Actions that are not listed never expire. */
const expireAfterMs: { readonly [kind in OutboxActionKind]?: number } = {
  send_message: 24 * hourMs,
  edit_message: 24 * hourMs,
  delete_message: 24 * hourMs,
  join_game: 6 * hourMs,
  leave_game: 6 * hourMs,
  set_teams: 12 * hourMs,
  start_game: 12 * hourMs,
  update_score: 12 * hourMs,
  complete_game: 12 * hourMs,
  cancel_game: 12 * hourMs,
  create_post: 24 * hourMs,
  create_comment: 24 * hourMs,
};

/** Returns when an entry expires, in milliseconds as of Date.now, or Infinity if never. */
export function expiryOf({ head, retriedAt }: Entry, own: { readonly [kind in OutboxActionKind]?: number } = {}): number {
  const ms = own[head.action.kind] ?? expireAfterMs[head.action.kind] ?? Infinity;
  return (retriedAt ?? head.createdAt) + ms;
}
