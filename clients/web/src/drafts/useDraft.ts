import { useUserId } from "@dongbaejul/client/react";
import { useEffect, useRef, useState } from "react";
import { forgetDraft, keepDraft, readDraft } from "./drafts";
import { conform, type Edited, isSame, rebased } from "./merge";

/** What a form holds. */
export interface Input<T> {
  value: T;
  set(value: T): void;
}

export interface Draft<T> extends Input<T> {
  /** Forgets what was typed. */
  clear(): void;
  /** Forgets what was sent; what was typed since stays. */
  sent(value: T): void;
  /** Whether the form was opened with what was typed before. */
  restored: boolean;
}

/** What the user types in the form of a name, kept until it is sent: also when they leave the page or close the app. */
export function useDraft<T>(name: string, initial: T): Draft<T> {
  const userId = useUserId();
  const [kept, setKept] = useState(() => conform(initial, readDraft(userId, name)));
  const [restored, setRestored] = useState(kept !== undefined);
  // What is typed while something is sent is newer than the render that sends it.
  const latest = useRef(kept);
  const clear = () => {
    latest.current = undefined;
    forgetDraft(userId, name);
    setKept(undefined);
    setRestored(false);
  };
  const set = (value: T) => {
    latest.current = value;
    if (isSame(value, initial)) {
      clear();
    } else {
      keepDraft(userId, name, value);
      setKept(value);
    }
  };
  const sent = (value: T) => {
    if (isSame(latest.current ?? initial, value)) clear();
  };
  return { value: kept ?? initial, set, clear, sent, restored };
}

/** Returns what reports whether the user has typed something in the form of a name. */
export function useHasDraft(): (name: string) => boolean {
  const userId = useUserId();
  return (name) => readDraft(userId, name) !== undefined;
}

/** A form for something that others change too. */
export interface Edit<T> extends Edited<T>, Input<T> {
  /** Forgets what was typed. */
  clear(): void;
  /** Bases the form on what there is now, and keeps what was typed. Reports whether others have changed something of it. */
  rebase(now: T, version: number): boolean;
}

/** What the user changes of something with a version, kept until it is stored. */
export function useEdit<T extends object>(name: string, now: T, version: number): Edit<T> {
  const userId = useUserId();
  const [edited, setEdited] = useState((): Edited<T> => {
    const fresh = { base: now, version, value: now, changed: [] };
    const kept = conform<Edited<T>>(fresh, readDraft(userId, name));
    return kept ? rebased(kept, now, version) : fresh;
  });
  useEffect(() => {
    if (isSame(edited.value, edited.base)) forgetDraft(userId, name);
    else keepDraft(userId, name, edited);
  }, [userId, name, edited]);
  return {
    ...edited,
    set: (value) => setEdited((last) => ({ ...last, value })),
    clear: () => forgetDraft(userId, name),
    rebase(now, version) {
      // On what is typed by then: the user may go on typing while the server is asked.
      setEdited((last) => rebased(last, now, version));
      return !isSame(edited.base, now);
    },
  };
}
