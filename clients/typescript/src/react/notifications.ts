import { useCallback, useMemo } from "react";
import type { Notification } from "../index.js";
import { loadableOf, useError, useTask } from "./loading.js";
import type { Loadable, Older } from "./loading.js";
import { useClient, useClub } from "./provider.js";
import { useReadable } from "./readable.js";

export interface NotificationsHook extends Loadable, Older {
  /** The newest first. */
  readonly notifications: readonly Notification[];
  readonly unread: number;
  /** Marks notifications as read, up to one, or all when left out. Never rejects. */
  markRead(upTo?: bigint): Promise<void>;
}

/** Returns the user's notifications. */
export function useNotifications(): NotificationsHook {
  const client = useClient();
  const club = useClub();
  const list = useReadable(club.notifications);
  const older = useTask(useCallback(() => club.loadOlderNotifications(), [club]));
  const [unmarked, setUnmarked] = useError();
  const markRead = useCallback(
    async (upTo?: bigint) => {
      try {
        await club.markNotificationsRead(upTo);
        setUnmarked(undefined);
      } catch (e) {
        const fault = client.fault(e);
        setUnmarked(fault.kind === "canceled" ? undefined : fault);
      }
    },
    [client, club, setUnmarked],
  );
  return useMemo(() => {
    const { notifications, unread, hasOlder, fault } = list;
    return {
      ...loadableOf(list),
      error: older.error ?? unmarked ?? fault,
      notifications,
      unread,
      hasOlder,
      isLoadingOlder: older.isRunning,
      loadOlder: older.run,
      markRead,
    };
  }, [list, older.error, older.isRunning, older.run, unmarked, markRead]);
}
