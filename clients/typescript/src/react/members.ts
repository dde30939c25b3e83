import { useEffect, useMemo } from "react";
import type { Member } from "../index.js";
import { loadableOf } from "./loading.js";
import type { Loadable } from "./loading.js";
import { useClub } from "./provider.js";
import { useReadable, useSelected } from "./readable.js";

export interface MembersHook extends Loadable {
  /** All active members, by name. Who is online, useOnline says. */
  readonly members: readonly Member[];
}

/** Loads the club's members, and those that have changed whenever the connection is back. */
export function useMembers(): MembersHook {
  const club = useClub();
  const list = useReadable(club.members);
  const isOpen = useSelected(club.connection, ({ status }) => status === "open");
  useEffect(() => {
    if (isOpen) {
      club.loadMembers().catch(() => undefined);
    }
  }, [club, isOpen]);
  return useMemo(() => ({ ...loadableOf(list), members: list.members }), [list]);
}
