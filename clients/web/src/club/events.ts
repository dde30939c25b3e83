import type { Event } from "@dongbaejul/client";
import { useEffect } from "react";

type EventListener = (event: Event) => void;

const listeners = new Set<EventListener>();

/** Calls the listeners with an event of the club. */
export function publish(event: Event) {
  for (const listener of [...listeners]) listener(event);
}

/** Calls a listener, which must be memoized, with every event of the club. */
export function useClubEvent(listener: EventListener) {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}
