import { type SyncProgress, SyncState } from "@dongbaejul/client";
import { useConnection } from "@dongbaejul/client/react";
import { useEffect, useEffectEvent, useState } from "react";
import { usePhotoCalls } from "./useAlbums";

/** How long it takes until a stream that has broken is opened again. */
const againMs = 3000;

/**
 * Follows the syncs with Band, whoever has started them, and calls `onEnd` when one has ended. `isLost` is set while the server cannot
 * be followed.
 */
export function useSyncProgress(onEnd: () => void): { progress: SyncProgress | undefined; isLost: boolean } {
  const photos = usePhotoCalls();
  const open = useConnection().status === "open";
  const [progress, setProgress] = useState<SyncProgress>();
  const [isLost, setLost] = useState(false);
  const end = useEffectEvent(onEnd);
  useEffect(() => {
    if (!open) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running = false;
    const follow = async () => {
      for await (const { events } of photos.watchSync({}, { signal: stop.signal })) {
        setLost(false);
        for (const { payload } of events) {
          if (payload.case !== "progress") continue;
          const runs = payload.value.status?.state === SyncState.RUNNING;
          setProgress(payload.value);
          if (running && !runs) end();
          running = runs;
        }
      }
    };
    const keep = () =>
      follow()
        .catch(() => undefined)
        .then(() => {
          if (stop.signal.aborted) return;
          setLost(true);
          timer = setTimeout(keep, againMs);
        });
    void keep();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [photos, open]);
  return { progress, isLost: isLost && open };
}
