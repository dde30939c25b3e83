import { Fragment } from "react";
import "./Text.css";

const address = /(https?:\/\/[^\s<>"']+)/;

/** What somebody wrote: its lines stay, and its addresses are links. */
export function Text({ children, inline = false }: { children: string; inline?: boolean }) {
  const parts = children.split(address);
  const Tag = inline ? "span" : "p";
  return (
    <Tag className="text">
      {parts.map((part, i) =>
        i % 2 === 1 ? (
          <a key={i} className="link" href={part} target="_blank" rel="noreferrer noopener">
            {part}
          </a>
        ) : (
          <Fragment key={i}>{part}</Fragment>
        ),
      )}
    </Tag>
  );
}
