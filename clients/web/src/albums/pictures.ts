import type { Photo } from "@dongbaejul/client";
import { dateOf, dayAndClock } from "../format/time";
import { wordsOf } from "../language/language";
import { albumWords } from "./words";

/** The widths that the server makes of a picture. */
type Width = 320 | 640 | 1280 | 2048;

/** Returns the attributes of an <img> that loads a picture of the server as narrow as its box allows. */
export function pictureOf(url: string, widths: readonly [Width, ...Width[]], sizes: string) {
  return { src: `${url}?w=${widths[0]}`, srcSet: widths.map((width) => `${url}?w=${width} ${width}w`).join(", "), sizes };
}

/** Returns the width of a picture over its height, as far as its box in a grid may be from a square. Band does not know all sizes. */
export function boxRatio({ width, height }: { width: number; height: number }): number {
  return width > 0 && height > 0 ? Math.min(Math.max(width / height, 0.6), 2.2) : 1;
}

/** Returns the words for a photo, which nobody has described. */
export function photoInWords({ author, createdAt }: Photo): string {
  const date = dateOf(createdAt);
  return wordsOf(albumWords).photoBy(author, date ? dayAndClock(date) : "");
}
