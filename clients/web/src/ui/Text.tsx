import { Fragment, useState } from "react";
import { excerpt } from "../format/text";
import { useWords } from "../language/language";
import { uiWords } from "./words";
import "./Text.css";

const address = /(https?:\/\/[^\s<>"']+)/;

/** A user's text, with its line breaks, and with its addresses as links. */
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

/** A user's text. A long one is folded until the reader asks for the rest. */
export function FoldedText({ children, inline = false }: { children: string; inline?: boolean }) {
  const words = useWords(uiWords);
  const [open, setOpen] = useState(false);
  const short = excerpt(children);
  if (short === undefined) return <Text inline={inline}>{children}</Text>;
  return (
    <>
      <Text inline={inline}>{open ? children : short}</Text>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? words.fold : words.more}
      </button>
    </>
  );
}
