import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useNow } from "../hooks/useNow";
import { Button, IconButton } from "../ui/Button";
import "./Notices.css";

/** How long something can be taken back. */
const undoMs = 10_000;

interface Undoable {
  /** Names it, so that what it is about can show that it is under way. */
  key: string;
  /** Says what is done. */
  text: string;
  run: () => void;
}

interface Waiting extends Undoable {
  until: number;
}

interface Undo {
  /** The key of what can be taken back now. */
  waiting: string | undefined;
  /** Does something ten seconds later, unless the user takes it back. It is done at once when the app is left. */
  later: (undoable: Undoable) => void;
  takeBack: () => void;
  /** Does now what waits. */
  finish: () => void;
}

const UndoContext = createContext<Undo>({
  waiting: undefined,
  later: ({ run }) => run(),
  takeBack: () => undefined,
  finish: () => undefined,
});

/** Offers to take back what was done last. */
export function UndoProvider({ children }: { children: ReactNode }) {
  const [waiting, setWaiting] = useState<Waiting>();
  // What is left to do: it must be known at once when the page is hidden or another thing is done.
  const left = useRef<Waiting>(undefined);
  const finish = useCallback(() => {
    const { current } = left;
    left.current = undefined;
    setWaiting(undefined);
    current?.run();
  }, []);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(finish, waiting.until - Date.now());
    // A telephone may end the app whenever it is hidden.
    const hide = () => document.visibilityState === "hidden" && finish();
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", finish);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", finish);
    };
  }, [waiting, finish]);
  useEffect(() => finish, [finish]);
  const key = waiting?.key;
  const undo = useMemo(
    () => ({
      waiting: key,
      later: (undoable: Undoable) => {
        finish();
        left.current = { ...undoable, until: Date.now() + undoMs };
        setWaiting(left.current);
      },
      takeBack: () => {
        left.current = undefined;
        setWaiting(undefined);
      },
      finish,
    }),
    [key, finish],
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
              되돌리기
            </Button>
            <IconButton icon="close" label="닫기" onClick={finish} />
          </div>
        </div>
      )}
    </UndoContext>
  );
}

// Not for screen readers, which would be told of every second.
function Countdown({ until }: { until: number }) {
  const seconds = Math.ceil((until - useNow(250).getTime()) / 1000);
  return (
    <span className="number soft" aria-hidden="true">
      {Math.max(0, seconds)}초
    </span>
  );
}

/** Does things that can be taken back for a while. */
export function useUndo(): Undo {
  return useContext(UndoContext);
}
