import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { ago, clock, dateOf, dayAndClock } from "../format/time";
import { useNow } from "../hooks/useNow";

/** How long ago something happened, updated while it is shown. */
export function Ago({ time }: { time: Timestamp | undefined }) {
  const now = useNow(30_000);
  const date = dateOf(time);
  if (!date) return null;
  return (
    <time dateTime={date.toISOString()} title={dayAndClock(date)}>
      {ago(date, now)}
    </time>
  );
}

/** A time by the club's clock: "오늘 19:00", or only "19:00". */
export function At({ time, clockOnly = false }: { time: Timestamp | undefined; clockOnly?: boolean }) {
  const date = dateOf(time);
  if (!date) return null;
  return <time dateTime={date.toISOString()}>{clockOnly ? clock(date) : dayAndClock(date)}</time>;
}
