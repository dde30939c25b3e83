import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Language } from "@dongbaejul/client";
import { currentLanguage, localeOf, wordsOf } from "../language/language";
import { formatWords } from "./words";

// The club's clock, wherever the reader is.
const timeZone = "Asia/Seoul";

const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const keyFormat = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });

const dayMs = 24 * 60 * 60 * 1000;

const formatsOf = (locale: string) => ({
  day: new Intl.DateTimeFormat(locale, { timeZone, month: "long", day: "numeric", weekday: "short" }),
  year: new Intl.DateTimeFormat(locale, { timeZone, year: "numeric", month: "long", day: "numeric" }),
  ago: new Intl.RelativeTimeFormat(locale),
});
const made = new Map<Language, ReturnType<typeof formatsOf>>();

/** Returns the formats of the user's language. They are created once, since that is slow. */
function formats() {
  const language = currentLanguage();
  const known = made.get(language) ?? formatsOf(localeOf(language));
  made.set(language, known);
  return known;
}

export function dateOf(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}

/** "19:00" */
export function clock(date: Date): string {
  return clockFormat.format(date);
}

/** The day by the club's clock, to compare: "2026-11-25". */
export function dayKey(date: Date): string {
  return keyFormat.format(date);
}

/** "오늘", "내일", "어제", "11월 25일 (수)"; with the year where it is another. */
export function day(date: Date, now = new Date()): string {
  const words = wordsOf(formatWords);
  const key = dayKey(date);
  if (key === dayKey(now)) return words.today;
  if (key === dayKey(new Date(now.getTime() + dayMs))) return words.tomorrow;
  if (key === dayKey(new Date(now.getTime() - dayMs))) return words.yesterday;
  return key.slice(0, 4) === dayKey(now).slice(0, 4) ? formats().day.format(date) : formats().year.format(date);
}

/** "11월 25일 (수)" */
export function fullDay(date: Date): string {
  return formats().day.format(date);
}

/** "오늘 19:00" */
export function dayAndClock(date: Date, now = new Date()): string {
  return `${day(date, now)} ${clock(date)}`;
}

/** How long ago: "방금", "3분 전", "2시간 전", then the day. */
export function ago(date: Date, now = new Date()): string {
  const words = wordsOf(formatWords);
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return words.now;
  if (minutes < 60) return formats().ago.format(-minutes, "minute");
  if (minutes < 12 * 60 || dayKey(date) === dayKey(now)) return formats().ago.format(-Math.floor(minutes / 60), "hour");
  return day(date, now);
}

/** "2시간", "1시간 30분", "45분" */
export function duration(minutes: number): string {
  const words = wordsOf(formatWords);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && words.hours(hours), (rest > 0 || hours === 0) && words.minutes(rest)].filter(Boolean).join(" ");
}

/** Returns the value of <input type="datetime-local"> for a time, by the club's clock: "2026-11-25T19:00". */
export function toInput(date: Date): string {
  return `${dayKey(date)}T${clock(date)}`;
}

/** Parses the value of <input type="datetime-local">; returns undefined if it is empty. Korea has no daylight saving time. */
export function fromInput(text: string): Date | undefined {
  const date = new Date(`${text}:00+09:00`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
