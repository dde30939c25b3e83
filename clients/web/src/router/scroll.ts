import { readText, tabTexts, writeText } from "../storage";

// Restores the scroll position of each history entry. Browsers do that too early, before the page has loaded.
const storageKey = "dongbaejul.scroll";
/** How many positions are remembered. */
const maxPages = 100;
/** After this time, a page that is still shorter than before is not waited for. */
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

/** Returns the key of the current history entry. */
export function entryOfHistory(): string {
  return entry;
}

/** Saves the scroll position of the current entry and makes another one current. */
export function leaveFor(next: string) {
  positions.delete(entry);
  positions.set(entry, scrollY);
  for (const key of [...positions.keys()].slice(0, -maxPages)) positions.delete(key);
  stopRestoring();
  entry = next;
}

/** Restores the scroll position of the current entry as soon as the page is long enough. */
export function restoreScroll() {
  stopRestoring();
  const y = positions.get(entry) ?? 0;
  const scroll = () => {
    scrollTo(0, y);
    if (Math.abs(scrollY - y) < 2) stopRestoring();
  };
  const growth = new ResizeObserver(scroll);
  const timer = setTimeout(() => stopRestoring(), patienceMs);
  // A user who scrolls is not interrupted.
  const events = ["wheel", "touchstart", "keydown", "pointerdown"] as const;
  const stop = () => {
    growth.disconnect();
    clearTimeout(timer);
    for (const event of events) removeEventListener(event, stop);
    stopRestoring = () => {};
  };
  stopRestoring = stop;
  for (const event of events) addEventListener(event, stop, { passive: true });
  // The observer calls it once at the start, after the page is rendered.
  growth.observe(document.body);
}

history.scrollRestoration = "manual";
addEventListener("pagehide", () => {
  positions.set(entry, scrollY);
  // If the storage is full, pages start at the top after a reload.
  writeText(tabTexts, storageKey, JSON.stringify([...positions]));
});
restoreScroll();
