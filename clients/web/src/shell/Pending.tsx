import type { Fault } from "@dongbaejul/client";
import { useConnection } from "@dongbaejul/client/react";
import { useOnline } from "../hooks/useOnline";
import { useWords } from "../language/language";
import { Empty, Loading, Problem } from "../ui/State";
import { shellWords } from "./words";

interface PendingProps {
  error: Fault | undefined;
  onRetry?: () => void;
}

/** Is shown in place of something that is loading, could not be loaded, or waits for a connection. */
export function Pending({ error, onRetry }: PendingProps) {
  const words = useWords(shellWords);
  const online = useOnline();
  const { status } = useConnection();
  if (error && error.kind !== "offline") return <Problem fault={error} {...(onRetry ? { onRetry } : {})} />;
  if (!online) return <Empty icon="offline" title={words.offlinePage} />;
  if (error) return <Problem fault={error} {...(onRetry ? { onRetry } : {})} />;
  if (status === "waiting" || status === "closed") return <Empty icon="offline" title={words.unconnectedPage} />;
  return <Loading />;
}
