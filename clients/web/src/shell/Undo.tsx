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

/** How long something can be taken back. */
const undoMs = 10_000;
/** How much later another tab, or the app when it is opened again, does what this one has not. */
const spareMs = 1000;
/** How long to wait for what is done because the user signs out. */
const lastMs = 3000;

interface Undoable {
  /** Names it, so that what it is about can show that it is under way. */
  key: string;
  /** Says what is done. */
  text: string;
  action: OutboxAction;
}

interface Waiting extends Undoable {
  until: number;
  /** Whether only this tab knows of it, since the storage is full. */
  isUnstored?: boolean;
}

interface Undo {
  /** The key of what can be taken back now. */
  waiting: string | undefined;
  /** Does something ten seconds later, unless the user takes it back. It is done at once when the app is left. */
  later: (undoable: Undoable) => void;
  takeBack: () => void;
  /** Does now what waits. Resolves when the server has answered, or does not answer soon. */
  finish: () => Promise<void>;
}

const UndoContext = createContext<Undo>({
  waiting: undefined,
  later: () => undefined,
  takeBack: () => undefined,
  finish: async () => undefined,
});

/** Offers to take back what was done last. */
export function UndoProvider({ children }: { children: ReactNode }) {
  const words = useWords(shellWords);
  const record = useRecord();
  const perform = usePerform(record);
  const [waiting, setWaiting] = useState<Waiting>();
  // What is left to do: it must be known at once when the page is hidden or another thing is done.
  const left = useRef<Waiting>(undefined);
  const wait = useCallback((next: Waiting | undefined) => {
    left.current = next;
    setWaiting(next);
  }, []);
  const finish = useCallback(async () => {
    const { current } = left;
    if (!current) return;
    wait(undefined);
    // Taken back, or done, in another tab.
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
    // A telephone may end the app whenever it is hidden.
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

/** What waits is written down for the user: a page that is closed has no time to put it into the outbox. */
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
      /** Forgets what waits if it is of that key: another thing may wait by now. */
      clear(of: string) {
        if (this.read()?.key === of) writeText(localTexts, key, null);
      },
    }),
    [key],
  );
}

/** Returns what puts an action into the outbox, and resolves when the server has answered. */
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

// Not for screen readers, which would be told of every second.
function Countdown({ until }: { until: number }) {
  const words = useWords(shellWords);
  const seconds = Math.ceil((until - useNow(250).getTime()) / 1000);
  return (
    <span className="number soft" aria-hidden="true">
      {words.seconds(Math.max(0, seconds))}
    </span>
  );
}

/** Does things that can be taken back for a while. */
export function useUndo(): Undo {
  return useContext(UndoContext);
}
