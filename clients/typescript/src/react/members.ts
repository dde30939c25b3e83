import { useEffect, useMemo } from "react";
import type { Member } from "../index.js";
import { loadableOf } from "./loading.js";
import type { Loadable } from "./loading.js";
import { useClub } from "./provider.js";
import { useReadable, useSelected } from "./readable.js";

export interface MembersHook extends Loadable {
  /** All active members, by name. useOnline returns who is online. */
  readonly members: readonly Member[];
}

/** Returns the club's members. On every reconnect, those that have changed are loaded. */
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
