import type { Language } from "@dongbaejul/client";
import { useSyncExternalStore } from "react";
import { localTexts, readText, writeText } from "../storage";

/** The language that the user has chosen; `system` is the device's. */
export type LanguageChoice = "system" | Language;

/** Texts in every language. If one is missing in a language, it does not compile. */
export type Words<T> = Readonly<Record<Language, T>>;

const key = "dongbaejul.language";
const listeners = new Set<() => void>();
let language: Language = "ko";
// Also in memory, since the storage may be full.
let choice = stored();

/** Declares the texts of a folder. The type is that of the Korean ones. */
export function words<T>(of: { ko: T; en: NoInfer<T> }): Words<T> {
  return of;
}

/** Returns texts in the user's language. For components, which render again when the language changes. */
export function useWords<T>(of: Words<T>): T {
  return of[useLanguage()];
}

/** Returns texts in the user's language. For functions called during rendering: App renders again when the language changes. */
export function wordsOf<T>(of: Words<T>): T {
  return of[language];
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribeLanguage, currentLanguage);
}

export function currentLanguage(): Language {
  return language;
}

/** Returns the locale for Intl. English is British, which uses the 24-hour clock as the club does. */
export function localeOf(of: Language): string {
  return of === "ko" ? "ko-KR" : "en-GB";
}

/** Returns a number with the separators of the user's language. */
export function numberInWords(number: number): string {
  return number.toLocaleString(localeOf(language));
}

/** Returns "1 player" or "2 players", for English. */
export function plural(count: number, one: string): string {
  return `${numberInWords(count)} ${one}${count === 1 ? "" : "s"}`;
}

/** Applies the chosen language, or the device's. */
export function applyLanguage() {
  setLanguage(choice === "system" ? languageOf(navigator.languages) : choice);
  document.documentElement.lang = language;
}

export function setLanguage(next: Language) {
  language = next;
  for (const listener of listeners) listener();
}

/** Returns the first of a browser's languages that the app supports, or Korean if it supports none. */
export function languageOf(preferred: readonly string[]): Language {
  const spoken = preferred.map((tag) => tag.toLowerCase().split("-")[0]);
  return spoken.find((tag): tag is Language => tag === "ko" || tag === "en") ?? "ko";
}

function stored(): LanguageChoice {
  const text = readText(localTexts, key);
  return text === "ko" || text === "en" ? text : "system";
}

function choose(next: LanguageChoice) {
  choice = next;
  writeText(localTexts, key, choice === "system" ? null : choice);
  applyLanguage();
}

export function subscribeLanguage(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Returns the chosen language and its setter. */
export function useLanguageChoice(): [LanguageChoice, (choice: LanguageChoice) => void] {
  return [useSyncExternalStore(subscribeLanguage, () => choice), choose];
}
