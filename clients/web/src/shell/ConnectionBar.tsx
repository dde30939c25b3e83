import { useConnection, useOutbox } from "@dongbaejul/client/react";
import { useEffect, useState } from "react";
import { Icon } from "../ui/Icon";
import "./ConnectionBar.css";
import { useNow } from "../hooks/useNow";
import { useOnline } from "../hooks/useOnline";

/** A connection that takes less long than this is not worth a word. */
const patienceMs = 1500;

/** Says what the connection is like where it is not well, and what waits for it. */
export function ConnectionBar() {
  const connection = useConnection();
  const online = useOnline();
  const { waiting } = useOutbox();
  const trouble = !online || connection.status !== "open";
  const shown = useLater(trouble, patienceMs);

  const queued = waiting > 0 ? ` 보낼 것 ${waiting}개는 연결되면 전송됩니다.` : "";
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
              지금 연결
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Trouble({ online }: { online: boolean }) {
  const connection = useConnection();
  if (!online) return <>오프라인입니다. 받아 둔 내용만 볼 수 있습니다.</>;
  switch (connection.status) {
    case "waiting":
      return (
        <>
          서버와 연결이 끊겼습니다. <Countdown until={connection.retryAt} />
        </>
      );
    case "closed":
      return <>{connection.fault?.message ?? "연결이 끝났습니다. 새로고침해 주세요."}</>;
    default:
      return <>서버에 연결하고 있습니다.</>;
  }
}

// Not for screen readers, which would be told of every second.
function Countdown({ until }: { until: number }) {
  const seconds = Math.ceil((until - useNow(1000).getTime()) / 1000);
  return <span aria-hidden="true">{seconds > 0 ? `${seconds}초 뒤 다시 연결합니다.` : "다시 연결하고 있습니다."}</span>;
}

/** True once the condition has held for a while; false as soon as it does not. */
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
