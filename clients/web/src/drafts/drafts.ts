import { localTexts, readText, writeText } from "../storage";

// What users have typed and not sent yet. It is kept in this browser, by user: nobody is shown what another has typed. Of nobody,
// as in the moment of signing out, nothing is kept.

const prefix = "dongbaejul.draft.";
/** How many drafts are kept, of all users together; the oldest go first. */
const maxDrafts = 30;
/** A longer draft is not kept: the storage is shared with what waits to be sent. */
const maxLength = 100_000;
const maxAgeMs = 30 * 24 * 60 * 60 * 1000;

interface Kept {
  /** When it was typed, as Date.now counts. */
  at: number;
  value: unknown;
}

const keyOf = (userId: string, name: string) => `${prefix}${userId}.${name}`;

/** Returns what a user has typed in a form; undefined if there is nothing. */
export function readDraft(userId: string | undefined, name: string): unknown {
  return userId === undefined ? undefined : parse(keyOf(userId, name))?.value;
}

/** Keeps what a user has typed, in place of what they had typed there before. */
export function keepDraft(userId: string | undefined, name: string, value: unknown) {
  if (userId === undefined) return;
  const key = keyOf(userId, name);
  const text = JSON.stringify({ at: Date.now(), value } satisfies Kept);
  if (text.length > maxLength) {
    remove(key);
    return;
  }
  if (readText(localTexts, key) === null) makeRoom();
  // If the storage is full the form still holds it.
  writeText(localTexts, key, text);
}

export function forgetDraft(userId: string | undefined, name: string) {
  if (userId !== undefined) remove(keyOf(userId, name));
}

/** Forgets all that a user has typed, as when they sign out. */
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
