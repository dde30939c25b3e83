const characters = new Intl.Segmenter("ko", { granularity: "grapheme" });

/** Returns the first grapheme of a text, or "" if it is empty: an emoji of several code points is one. */
export function firstCharacter(text: string): string {
  for (const { segment } of characters.segment(text)) return segment;
  return "";
}

/** Returns a text without Unicode's Bidi_Control characters, which would change the direction of the text around a quote. */
export function withoutDirection(text: string): string {
  return text.replace(/\p{Bidi_Control}/gu, "");
}

/** Returns the length of a text as the server counts it, in code points. */
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
