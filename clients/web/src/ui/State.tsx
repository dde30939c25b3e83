import { type Fault, isTransient } from "@dongbaejul/client";
import type { ReactNode } from "react";
import { useWords, wordsOf } from "../language/language";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { uiWords } from "./words";
import "./State.css";

/** Something is on its way. It shows only after a moment: what comes at once needs no spinner. */
export function Loading({ label = wordsOf(uiWords).loading }: { label?: string }) {
  return (
    <div className="state state-loading" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>{label}</span>
    </div>
  );
}

/** There is nothing here, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={40} />
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

/** Something could not be had, in place of it. */
export function Problem({ fault, onRetry }: { fault: Fault; onRetry?: () => void }) {
  const words = useWords(uiWords);
  // Asking again for what is not there, or not for this user, gives no other answer.
  const mayHelp = isTransient(fault) || fault.kind === "internal";
  return (
    <div className="state" role="alert">
      <Icon name={fault.kind === "offline" ? "offline" : "warning"} size={40} />
      <p className="state-title">{fault.message}</p>
      {fault.kind === "internal" && fault.requestId && <p className="small">{words.request(fault.requestId)}</p>}
      {onRetry && mayHelp && <Button onClick={onRetry}>{words.retry}</Button>}
    </div>
  );
}

/** Something did not go well, beside what was tried. */
export function FaultNote({ fault, children }: { fault: Fault | undefined; children?: ReactNode }) {
  if (!fault) return null;
  return (
    <div className="note note-danger" role="alert">
      <Icon name="warning" size={20} />
      <p>{fault.message}</p>
      {children}
    </div>
  );
}

/** Something to know. */
export function Note({
  icon = "clock",
  tone = "plain",
  children,
}: {
  icon?: IconName;
  tone?: "plain" | "accent" | "warn";
  children: ReactNode;
}) {
  return (
    <div className={`note note-${tone}`}>
      <Icon name={icon} size={20} />
      <div>{children}</div>
    </div>
  );
}
