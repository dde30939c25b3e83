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
  /** Deletes the draft. */
  clear(): void;
  /** Deletes the draft if it is what was sent; what was typed since then stays. */
  sent(value: T): void;
  /** Whether the form was opened with a stored draft. */
  restored: boolean;
}

/** The draft of the form with a name. It is stored until it is sent, also if the user leaves the page or closes the app. */
export function useDraft<T>(name: string, initial: T): Draft<T> {
  const userId = useUserId();
  const [kept, setKept] = useState(() => conform(initial, readDraft(userId, name)));
  const [restored, setRestored] = useState(kept !== undefined);
  // The user may type while a draft is sent: the render that sent it is older than that.
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

/** Returns a function that reports whether there is a draft of the form with a name. */
export function useHasDraft(): (name: string) => boolean {
  const userId = useUserId();
  return (name) => readDraft(userId, name) !== undefined;
}

/** A form for something that others may change at the same time. */
export interface Edit<T> extends Edited<T>, Input<T> {
  /** Deletes the draft. */
  clear(): void;
  /** Rebases the form on newer values and keeps what was typed. Reports whether others have changed a field of it. */
  rebase(now: T, version: number): boolean;
}

/** The user's changes to something with a version. They are stored on the device until the server has them. */
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
      // With the latest values: the user may go on typing during the call.
      setEdited((last) => rebased(last, now, version));
      return !isSame(edited.base, now);
    },
  };
}
