import { type ReactNode, useEffect, useRef } from "react";
import { useWords } from "../language/language";
import { goBack } from "../router/router";
import { IconButton } from "../ui/Button";
import { Bell } from "./Bell";
import { shellWords } from "./words";
import "./Page.css";

// The first page must not take the focus from the address bar.
let first = true;

interface PageProps {
  title: string;
  /** Shown beside the title, but not part of the page's name. */
  aside?: ReactNode;
  /** What can be done here. */
  actions?: ReactNode;
  /** Where "back" leads when there is nothing to go back to. Left out on the pages that the menu leads to. */
  parent?: string;
  /** narrow is for reading and for forms; full has no margins at all. */
  width?: "wide" | "narrow" | "full";
  /** False for a page beside another one, which is then the main content. */
  landmark?: boolean;
  children: ReactNode;
}

/** A page with its heading, which gets the focus on navigation, so that screen readers announce it. */
export function Page({ title, aside, actions, parent, width = "wide", landmark = true, children }: PageProps) {
  const words = useWords(shellWords);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!first && landmark) heading.current?.focus({ preventScroll: true });
    first = false;
  }, [landmark]);
  const Tag = landmark ? "main" : "section";
  return (
    <Tag className={`page page-${width}`}>
      {landmark && <title>{words.titled(title)}</title>}
      <header className="page-header">
        {parent && <IconButton icon="back" label={words.back} className="page-back" onClick={() => goBack(parent)} />}
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {aside}
        </div>
        <div className="page-actions">
          {actions}
          {!parent && <Bell />}
        </div>
      </header>
      {children}
    </Tag>
  );
}
