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
