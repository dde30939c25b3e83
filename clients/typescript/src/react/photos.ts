import { useCallback, useEffect, useMemo, useState } from "react";
import { PhotoService, createUploads } from "../index.js";
import type { Album, Attachment, Fault, Photo, SyncProgress, SyncStatus, UploadFile, UploadPurpose } from "../index.js";
import { fullJitter, sleep } from "../timers.js";
import { useError, useTask } from "./loading.js";
import type { Loadable, Older } from "./loading.js";
import { usePages } from "./pages.js";
import { useClient } from "./provider.js";
import { useUserId } from "./session.js";

export interface AlbumsHook extends Loadable, Older {
  /** The newest first. */
  readonly albums: readonly Album[];
  /** How the last sync with Band went; undefined until it is loaded. */
  readonly syncStatus: SyncStatus | undefined;
  reload(): Promise<void>;
}

/** Returns the albums of the club's Band. */
export function useAlbums(): AlbumsHook {
  const client = useClient();
  const list = usePages(
    useCallback(
      async (pageToken: string) => {
        const { albums, syncStatus, nextPageToken } = await client.service(PhotoService).listAlbums({ pageToken });
        return { items: albums, more: syncStatus, next: nextPageToken };
      },
      [client],
    ),
  );
  return useMemo(() => {
    const { items, more, ...rest } = list;
    return { ...rest, albums: items, syncStatus: more };
  }, [list]);
}

export interface AlbumPhotosHook extends Loadable, Older {
  /** The newest first, without hidden ones. */
  readonly photos: readonly Photo[];
  /** How many the album has; 0 until it is loaded. */
  readonly total: number;
  reload(): Promise<void>;
}

/** Returns the photos of an album. */
export function useAlbumPhotos(albumId: string): AlbumPhotosHook {
  const client = useClient();
  const list = usePages(
    useCallback(
      async (pageToken: string) => {
        const { photos, pagination, nextPageToken } = await client.service(PhotoService).listAlbumPhotos({ albumId, pageToken });
        return { items: photos, more: pagination?.total, next: nextPageToken };
      },
      [client, albumId],
    ),
  );
  return useMemo(() => {
    const { items, more, ...rest } = list;
    return { ...rest, photos: items, total: more ?? 0 };
  }, [list]);
}

export interface SyncHook {
  /** How far the sync is, or how the last one ended; undefined until the server has said it. */
  readonly progress: SyncProgress | undefined;
  /** Syncs now. Resolves at the end, and never rejects. */
  sync(): Promise<void>;
  readonly isSyncing: boolean;
  /** Why the sync failed that `sync` has started. */
  readonly error: Fault | undefined;
}

const minDelayMs = 1_000;
const maxDelayMs = 30_000;

/** Follows the syncs with Band, whoever starts them. For those with the permission `band.sync`. */
export function useSync(): SyncHook {
  const client = useClient();
  const userId = useUserId();
  const [progress, setProgress] = useState<SyncProgress>();
  const { run, isRunning, error } = useTask(
    useCallback(async () => {
      // It may take longer than other calls.
      await client.service(PhotoService).syncAlbums({}, { timeoutMs: 0 });
    }, [client]),
  );
  useEffect(() => {
    if (userId === undefined) {
      return;
    }
    const stop = new AbortController();
    const follow = async () => {
      for (let failures = 0; !stop.signal.aborted; failures++) {
        try {
          for await (const { events } of client.service(PhotoService).watchSync({}, { signal: stop.signal })) {
            failures = 0;
            for (const { payload } of events) {
              if (payload.case === "progress") {
                setProgress(payload.value);
              }
            }
          }
        } catch (e) {
          if (client.fault(e).kind === "denied") {
            return;
          }
        }
        await sleep(fullJitter(failures, minDelayMs, maxDelayMs), stop.signal).over;
      }
    };
    void follow();
    return () => {
      stop.abort();
      setProgress(undefined);
    };
  }, [client, userId]);
  return useMemo(() => ({ progress, sync: run, isSyncing: isRunning, error }), [progress, run, isRunning, error]);
}

export interface UploadHook {
  /** Uploads a picture. Returns undefined and sets `error` if that fails, or if it is cancelled. One at a time: another one ends the last. */
  put(file: UploadFile, name?: string): Promise<Attachment | undefined>;
  /** Ends the upload. */
  cancel(): void;
  /** From 0 to 1; undefined while nothing is uploaded. */
  readonly progress: number | undefined;
  readonly error: Fault | undefined;
}

/** Returns what uploads pictures for a purpose. The upload ends when the component is unmounted. */
export function useUpload(purpose: UploadPurpose): UploadHook {
  const client = useClient();
  const [progress, setProgress] = useState<number>();
  const [error, setError] = useError();
  const actions = useMemo(() => {
    let current: AbortController | undefined;
    return {
      cancel: () => current?.abort(),
      put: async (file: UploadFile, name?: string) => {
        current?.abort();
        const mine = (current = new AbortController());
        const show = (value: number | undefined) => {
          if (current === mine) {
            setProgress(value);
          }
        };
        show(0);
        setError(undefined);
        try {
          return await createUploads(client).put(file, {
            ...{ purpose, signal: mine.signal, onProgress: (sent, total) => show(sent / total) },
            ...(name === undefined ? {} : { name }),
          });
        } catch (e) {
          if (!mine.signal.aborted) {
            setError(client.fault(e));
          }
          return undefined;
        } finally {
          show(undefined);
        }
      },
    };
  }, [client, purpose, setError]);
  useEffect(() => actions.cancel, [actions]);
  return useMemo(() => ({ ...actions, progress, error }), [actions, progress, error]);
}
