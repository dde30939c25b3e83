import { localTexts, readText, writeText } from "../storage";

// Drafts: what users have typed and not sent yet. They are stored in this browser per user, so that nobody sees another's. Without
// a user, as during sign-out, nothing is stored.

const prefix = "dongbaejul.draft.";
/** How many drafts are kept, over all users; the oldest are deleted first. */
const maxDrafts = 30;
/** A longer draft is not stored: the outbox needs the same storage. */
const maxLength = 100_000;
const maxAgeMs = 30 * 24 * 60 * 60 * 1000;

interface Kept {
  /** When it was typed, in milliseconds as of Date.now. */
  at: number;
  value: unknown;
}

const keyOf = (userId: string, name: string) => `${prefix}${userId}.${name}`;

/** Returns a user's draft of a form, or undefined if there is none. */
export function readDraft(userId: string | undefined, name: string): unknown {
  return userId === undefined ? undefined : parse(keyOf(userId, name))?.value;
}

/** Stores a user's draft of a form, replacing the previous one. */
export function keepDraft(userId: string | undefined, name: string, value: unknown) {
  if (userId === undefined) return;
  const key = keyOf(userId, name);
  const text = JSON.stringify({ at: Date.now(), value } satisfies Kept);
  if (text.length > maxLength) {
    remove(key);
    return;
  }
  if (readText(localTexts, key) === null) makeRoom();
  // If the storage is full, the form still holds it.
  writeText(localTexts, key, text);
}

export function forgetDraft(userId: string | undefined, name: string) {
  if (userId !== undefined) remove(keyOf(userId, name));
}

/** Deletes all drafts of a user, as on sign-out. */
export function forgetDrafts(userId: string | undefined) {
  if (userId === undefined) return;
  for (const key of keys()) {
    if (key.startsWith(keyOf(userId, ""))) remove(key);
  }
}

function makeRoom() {
  const drafts = keys().map((key) => ({ key, at: parse(key)?.at ?? 0 }));
  drafts.sort((a, b) => b.at - a.at);
  for (const { key } of drafts.slice(maxDrafts - 1)) remove(key);
}

function keys(): string[] {
  return Object.keys(localTexts).filter((key) => key.startsWith(prefix));
}

function remove(key: string) {
  writeText(localTexts, key, null);
}

function parse(key: string): Kept | undefined {
  try {
    const kept = JSON.parse(readText(localTexts, key) ?? "null") as Kept | null;
    return kept && Date.now() - kept.at < maxAgeMs ? kept : undefined;
  } catch {
    return undefined;
  }
}
