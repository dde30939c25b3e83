import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

// The club's clock, wherever the reader is.
const timeZone = "Asia/Seoul";

const clockFormat = new Intl.DateTimeFormat("ko-KR", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat("ko-KR", { timeZone, month: "long", day: "numeric", weekday: "short" });
const yearFormat = new Intl.DateTimeFormat("ko-KR", { timeZone, year: "numeric", month: "long", day: "numeric" });
const keyFormat = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });

const dayMs = 24 * 60 * 60 * 1000;

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
  const key = dayKey(date);
  if (key === dayKey(now)) return "오늘";
  if (key === dayKey(new Date(now.getTime() + dayMs))) return "내일";
  if (key === dayKey(new Date(now.getTime() - dayMs))) return "어제";
  return key.slice(0, 4) === dayKey(now).slice(0, 4) ? dayFormat.format(date) : yearFormat.format(date);
}

/** "11월 25일 (수)" */
export function fullDay(date: Date): string {
  return dayFormat.format(date);
}

/** "오늘 19:00" */
export function dayAndClock(date: Date, now = new Date()): string {
  return `${day(date, now)} ${clock(date)}`;
}

/** How long ago: "방금", "3분 전", "2시간 전", then the day. */
export function ago(date: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "방금";
  if (minutes < 60) return `${minutes}분 전`;
  if (minutes < 12 * 60 || dayKey(date) === dayKey(now)) return `${Math.floor(minutes / 60)}시간 전`;
  return day(date, now);
}

/** "2시간", "1시간 30분", "45분" */
export function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && `${hours}시간`, (rest > 0 || hours === 0) && `${rest}분`].filter(Boolean).join(" ");
}

/** What <input type="datetime-local"> holds for a time, by the club's clock: "2026-11-25T19:00". */
export function toInput(date: Date): string {
  return `${dayKey(date)}T${clock(date)}`;
}

/** The time of what <input type="datetime-local"> holds; undefined while it holds none. Korea's clock is never put forward. */
export function fromInput(text: string): Date | undefined {
  const date = new Date(`${text}:00+09:00`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
