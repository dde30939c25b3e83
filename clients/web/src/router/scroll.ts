import { readText, tabTexts, writeText } from "../storage";

// Where the reader was on each page of the history. Browsers do that too, but too early: before the page is loaded.
const storageKey = "dongbaejul.scroll";
/** How many pages are remembered. */
const maxPages = 100;
/** A page that has not become as long as it was in this time will not. */
const patienceMs = 5000;

const positions = new Map<string, number>(stored());
let entry: string = history.state?.entry ?? "";
let stopRestoring = () => {};

function stored(): [string, number][] {
  try {
    return JSON.parse(readText(tabTexts, storageKey) ?? "[]") as [string, number][];
  } catch {
    return [];
  }
}

/** Names the page of the history that is shown. */
export function entryOfHistory(): string {
  return entry;
}

/** Notes where the reader is on the page that is left for the one that the entry names. */
export function leaveFor(next: string) {
  positions.delete(entry);
  positions.set(entry, scrollY);
  for (const key of [...positions.keys()].slice(0, -maxPages)) positions.delete(key);
  stopRestoring();
  entry = next;
}

/** Scrolls to where the reader was on the page that is shown, as soon as it is long enough. */
export function restoreScroll() {
  stopRestoring();
  const y = positions.get(entry) ?? 0;
  const scroll = () => {
    scrollTo(0, y);
    if (Math.abs(scrollY - y) < 2) stopRestoring();
  };
  const growth = new ResizeObserver(scroll);
  const timer = setTimeout(() => stopRestoring(), patienceMs);
  // Who scrolls themselves is not moved.
  const events = ["wheel", "touchstart", "keydown", "pointerdown"] as const;
  const stop = () => {
    growth.disconnect();
    clearTimeout(timer);
    for (const event of events) removeEventListener(event, stop);
    stopRestoring = () => {};
  };
  stopRestoring = stop;
  for (const event of events) addEventListener(event, stop, { passive: true });
  // It is called once at the beginning, when the page is drawn.
  growth.observe(document.body);
}

history.scrollRestoration = "manual";
addEventListener("pagehide", () => {
  positions.set(entry, scrollY);
  // If the storage is full, pages begin at their beginning after a reload.
  writeText(tabTexts, storageKey, JSON.stringify([...positions]));
});
restoreScroll();
