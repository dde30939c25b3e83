import type { ReactNode } from "react";
import { useWords } from "../language/language";
import { uiWords } from "./words";
import "./Badge.css";

/** A word or two about something. */
export function Badge({ tone = "plain", children }: { tone?: "plain" | "accent" | "warn" | "danger"; children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

/** The number of new items, or their minimum. Shows nothing if there are none. */
export function Count({ of, more = false, label }: { of: number; more?: boolean; label: string }) {
  const words = useWords(uiWords);
  if (of === 0 && !more) return null;
  return (
    <span className="count">
      <span aria-hidden="true">{of > 99 ? "99+" : more ? `${of}+` : of}</span>
      <span className="hidden-visually">
        {label} {words.count(of, more)}
      </span>
    </span>
  );
}
