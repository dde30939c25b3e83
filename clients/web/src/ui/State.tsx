import { type Fault, isTransient } from "@dongbaejul/client";
import type { ReactNode } from "react";
import { useWords, wordsOf } from "../language/language";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { uiWords } from "./words";
import "./State.css";

/** A loading indicator. It appears after a moment, so that fast answers show no spinner. */
export function Loading({ label = wordsOf(uiWords).loading }: { label?: string }) {
  return (
    <div className="state state-loading" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>{label}</span>
    </div>
  );
}

/** Says that there is nothing here, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={40} />
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

/** Is shown in place of something that could not be loaded. */
export function Problem({ fault, onRetry }: { fault: Fault; onRetry?: () => void }) {
  const words = useWords(uiWords);
  // A retry does not help if it does not exist, or not for this user.
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

/** Shows a failure beside the action that failed. */
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

/** A note with information. */
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
