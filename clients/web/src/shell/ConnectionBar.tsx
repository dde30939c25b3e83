import { useConnection, useOutbox } from "@dongbaejul/client/react";
import { useEffect, useState } from "react";
import { useWords } from "../language/language";
import { Icon } from "../ui/Icon";
import { shellWords } from "./words";
import "./ConnectionBar.css";
import { useNow } from "../hooks/useNow";
import { useOnline } from "../hooks/useOnline";

/** How long connecting may take before it is shown. */
const patienceMs = 1500;

/** Shows connection problems, and what waits for the connection. */
export function ConnectionBar() {
  const words = useWords(shellWords);
  const connection = useConnection();
  const online = useOnline();
  const { waiting } = useOutbox();
  const trouble = !online || connection.status !== "open";
  const shown = useLater(trouble, patienceMs);

  const queued = waiting > 0 ? ` ${words.queued(waiting)}` : "";
  return (
    <div role="status" className="connection">
      {trouble && shown && (
        <div className={`connection-bar ${online ? "" : "connection-offline"}`}>
          <Icon name="offline" size={18} />
          <p>
            <Trouble online={online} />
            {queued}
          </p>
          {online && connection.status === "waiting" && (
            <button type="button" onClick={connection.reconnect}>
              {words.connect}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Trouble({ online }: { online: boolean }) {
  const words = useWords(shellWords);
  const connection = useConnection();
  if (!online) return words.offline;
  switch (connection.status) {
    case "waiting":
      return (
        <>
          {words.lost} <Countdown until={connection.retryAt} />
        </>
      );
    case "closed":
      return <>{connection.fault?.message ?? words.ended}</>;
    default:
      return words.connecting;
  }
}

// Hidden from screen readers, which would announce every second.
function Countdown({ until }: { until: number }) {
  const words = useWords(shellWords);
  const seconds = Math.ceil((until - useNow(1000).getTime()) / 1000);
  return <span aria-hidden="true">{seconds > 0 ? words.retryIn(seconds) : words.reconnecting}</span>;
}

/** Returns true once the condition has held for a while, and false as soon as it does not. */
function useLater(condition: boolean, afterMs: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setLate(true), afterMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [condition, afterMs]);
  return condition && late;
}
