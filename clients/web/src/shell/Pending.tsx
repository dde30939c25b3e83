import type { Fault } from "@dongbaejul/client";
import { useConnection } from "@dongbaejul/client/react";
import { useOnline } from "../hooks/useOnline";
import { Empty, Loading, Problem } from "../ui/State";

interface PendingProps {
  error: Fault | undefined;
  onRetry?: () => void;
}

/** Stands in place of what is not loaded yet: it is on its way, could not be loaded, or waits for a connection. */
export function Pending({ error, onRetry }: PendingProps) {
  const online = useOnline();
  const { status } = useConnection();
  if (error && error.kind !== "offline") return <Problem fault={error} {...(onRetry ? { onRetry } : {})} />;
  if (!online) return <Empty icon="offline" title="오프라인이에요. 인터넷에 연결되면 바로 불러올게요." />;
  if (error) return <Problem fault={error} {...(onRetry ? { onRetry } : {})} />;
  if (status === "waiting" || status === "closed")
    return <Empty icon="offline" title="서버와 연결되지 않았어요. 연결되면 바로 불러올게요." />;
  return <Loading />;
}
