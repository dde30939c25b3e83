import type { OutboxAction } from "@dongbaejul/client";
import { useClient, useClub, useUserId } from "@dongbaejul/client/react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useNow } from "../hooks/useNow";
import { useWords } from "../language/language";
import { localTexts, readText, writeText } from "../storage";
import { Button, IconButton } from "../ui/Button";
import { useNotice } from "./Notices";
import { shellWords } from "./words";
import "./Notices.css";

/** How long something can be undone. */
const undoMs = 10_000;
/** How much longer another tab, or the reopened app, waits before it does what this tab has not. */
const spareMs = 1000;
/** How long sign-out waits for the pending action. */
const lastMs = 3000;

interface Undoable {
  /** Identifies the action, so that what it concerns can show it as pending. */
  key: string;
  /** Describes the action. */
  text: string;
  action: OutboxAction;
}

interface Waiting extends Undoable {
  until: number;
  /** Whether only this tab knows of it, since the storage is full. */
  isUnstored?: boolean;
}

interface Undo {
  /** The key of the action that can be undone now. */
  waiting: string | undefined;
  /** Does something after ten seconds, unless the user undoes it. If the app is hidden or closed, it is done at once. */
  later: (undoable: Undoable) => void;
  takeBack: () => void;
  /** Does the pending action now. Resolves when the server has answered, or after a short wait. */
  finish: () => Promise<void>;
}

const UndoContext = createContext<Undo>({
  waiting: undefined,
  later: () => undefined,
  takeBack: () => undefined,
  finish: async () => undefined,
});

/** Offers to undo the last action. */
export function UndoProvider({ children }: { children: ReactNode }) {
  const words = useWords(shellWords);
  const record = useRecord();
  const perform = usePerform(record);
  const [waiting, setWaiting] = useState<Waiting>();
  // The pending action. A ref, since it must be up to date when the page is hidden or another action comes.
  const left = useRef<Waiting>(undefined);
  const wait = useCallback((next: Waiting | undefined) => {
    left.current = next;
    setWaiting(next);
  }, []);
  const finish = useCallback(async () => {
    const { current } = left;
    if (!current) return;
    wait(undefined);
    // It was undone, or done, in another tab.
    if (!current.isUnstored && record.read()?.key !== current.key) return;
    const patience = new Promise((resolve) => setTimeout(resolve, lastMs));
    await Promise.race([perform(current), patience]);
  }, [wait, record, perform]);
  useEffect(() => {
    const found = record.read();
    if (found) wait({ ...found, until: Math.max(found.until, Date.now()) + spareMs });
  }, [wait, record]);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => void finish(), waiting.until - Date.now());
    // A phone may end the app whenever it is hidden.
    const hide = () => void (document.visibilityState === "hidden" && finish());
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", finish);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", finish);
    };
  }, [waiting, finish]);
  const key = waiting?.key;
  const undo = useMemo(
    () => ({
      waiting: key,
      later: (undoable: Undoable) => {
        void finish();
        const next = { ...undoable, until: Date.now() + undoMs };
        wait({ ...next, isUnstored: !record.write(next) });
      },
      takeBack: () => {
        if (left.current) record.clear(left.current.key);
        wait(undefined);
      },
      finish,
    }),
    [key, wait, record, finish],
  );
  return (
    <UndoContext value={undo}>
      {children}
      {waiting && (
        <div className="notices">
          <div className="note undo">
            <p role="status">{waiting.text}</p>
            <Countdown until={waiting.until} />
            <Button size="small" icon="undo" onClick={undo.takeBack}>
              {words.undo}
            </Button>
            <IconButton icon="close" label={words.close} onClick={() => void finish()} />
          </div>
        </div>
      )}
    </UndoContext>
  );
}

/** Stores the pending action per user: a page that is being closed has no time to put it into the outbox. */
function useRecord() {
  const key = `dongbaejul.undo.${useUserId()}`;
  return useMemo(
    () => ({
      read(): Waiting | undefined {
        try {
          return (JSON.parse(readText(localTexts, key) ?? "null") as Waiting | null) ?? undefined;
        } catch {
          return undefined;
        }
      },
      write: (waiting: Waiting) => writeText(localTexts, key, JSON.stringify(waiting)),
      /** Deletes the pending action if it has this key: another one may be pending by now. */
      clear(of: string) {
        if (this.read()?.key === of) writeText(localTexts, key, null);
      },
    }),
    [key],
  );
}

/** Returns a function that puts an action into the outbox and resolves when the server has answered. */
function usePerform(record: { clear(key: string): void }) {
  const client = useClient();
  const { outbox } = useClub();
  const tell = useNotice();
  return useCallback(
    async ({ key, action }: Undoable) => {
      try {
        const { item, stored } = outbox.add(action);
        await stored;
        record.clear(key);
        await outbox.settled(item.id);
      } catch (error) {
        tell(client.fault(error));
      }
    },
    [client, outbox, tell, record],
  );
}

// Hidden from screen readers, which would announce every second.
function Countdown({ until }: { until: number }) {
  const words = useWords(shellWords);
  const seconds = Math.ceil((until - useNow(250).getTime()) / 1000);
  return (
    <span className="number soft" aria-hidden="true">
      {words.seconds(Math.max(0, seconds))}
    </span>
  );
}

/** Returns what does actions that can be undone for a while. */
export function useUndo(): Undo {
  return useContext(UndoContext);
}
