const characters = new Intl.Segmenter("ko", { granularity: "grapheme" });

/** The first character of a text as a reader sees it: an emoji of several code points is one. Empty where there is none. */
export function firstCharacter(text: string): string {
  for (const { segment } of characters.segment(text)) return segment;
  return "";
}

/** A text without the marks that set the direction of what follows them (Unicode's Bidi_Control), for a quote within other text. */
export function withoutDirection(text: string): string {
  return text.replace(/\p{Bidi_Control}/gu, "");
}

/** How many characters a text has as the server counts them: an emoji of one code point is one. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** How much of a long text is shown until the reader asks for the rest. */
const excerptLength = 600;
const excerptLines = 12;

/** Returns the beginning of a long text, or undefined if the text is short enough to be shown whole. */
export function excerpt(text: string): string | undefined {
  const lines = text.split("\n", excerptLines + 1);
  const short = lines.slice(0, excerptLines).join("\n");
  // A few more characters are not worth a button.
  if (lines.length <= excerptLines && text.length <= excerptLength * 1.2) return undefined;
  if (short.length <= excerptLength) return `${short}…`;
  const cut = short.slice(0, excerptLength);
  // Cut between words if possible, and never within a character.
  const end = cut.search(/\s\S{0,80}$/);
  return `${end > 0 ? cut.slice(0, end) : cut.replace(/[\uD800-\uDBFF]$/, "")}…`;
}
