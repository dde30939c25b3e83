import { timestampDate } from "@dongbaejul/client";

type Timestamp = Parameters<typeof timestampDate>[0];

// The club's clock, wherever the telephone is. Korea has no summer time, and not every JavaScript engine knows its zone.
const offsetMs = 9 * 3_600_000;
const dayMs = 24 * 3_600_000;
const weekdays = "일월화수목금토";

export function dateOf(time: Timestamp | undefined): Date {
  return time ? timestampDate(time) : new Date(0);
}

const local = (date: Date) => new Date(date.getTime() + offsetMs);

/** The day by the club's clock, to compare. */
export function dayKey(date: Date): string {
  return local(date).toISOString().slice(0, 10);
}

/** "19:00" */
export function clock(date: Date): string {
  return local(date).toISOString().slice(11, 16);
}

/** "오늘", "내일", "어제", "11월 25일 (수)" */
export function day(date: Date, now = new Date()): string {
  const key = dayKey(date);
  const near = [
    [-1, "어제"],
    [0, "오늘"],
    [1, "내일"],
  ] as const;
  const word = near.find(([days]) => key === dayKey(new Date(now.getTime() + days * dayMs)))?.[1];
  const at = local(date);
  return word ?? `${at.getUTCMonth() + 1}월 ${at.getUTCDate()}일 (${weekdays[at.getUTCDay()]})`;
}

/** "오늘 19:00" */
export function dayAndClock(time: Timestamp | undefined): string {
  const date = dateOf(time);
  return `${day(date)} ${clock(date)}`;
}

/** "방금", "3분 전", "2시간 전", then the day. */
export function ago(time: Timestamp | undefined, now = new Date()): string {
  const date = dateOf(time);
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "방금";
  if (minutes < 60) return `${minutes}분 전`;
  return minutes < 12 * 60 ? `${Math.floor(minutes / 60)}시간 전` : day(date, now);
}
