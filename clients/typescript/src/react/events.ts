import { useEffect } from "react";
import type { EventName, EventValue } from "../index.js";
import { useStable } from "./loading.js";
import { useClub } from "./provider.js";

/** Calls the listener of the latest render with every event of a kind. */
export function useClubEvent<N extends EventName>(name: N, listener: (value: EventValue<N>) => void): void {
  const club = useClub();
  const call = useStable(listener);
  useEffect(() => club.on(name, call), [club, name, call]);
}
