import { useSyncExternalStore } from "react";
import { localTexts, readText, writeText } from "../storage";

/** Light or dark; `system` follows the device. */
export type Theme = "system" | "light" | "dark";

const key = "dongbaejul.theme";
const listeners = new Set<() => void>();
// Also in memory, since the storage may be full.
let theme = stored();

function stored(): Theme {
  const text = readText(localTexts, key);
  return text === "light" || text === "dark" ? text : "system";
}

/** Shows the chosen theme. */
export function applyTheme() {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function choose(next: Theme) {
  theme = next;
  writeText(localTexts, key, theme === "system" ? null : theme);
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Returns the chosen theme and its setter. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, () => theme), choose];
}
