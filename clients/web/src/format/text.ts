const characters = new Intl.Segmenter("ko", { granularity: "grapheme" });

/** The first character of a text as a reader sees it: an emoji of several code points is one. Empty where there is none. */
export function firstCharacter(text: string): string {
  for (const { segment } of characters.segment(text)) return segment;
  return "";
}
