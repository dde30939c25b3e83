import { type Attachment, createUploads, type Fault, randomId, type UploadPurpose } from "@dongbaejul/client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useClient } from "../club/client";
import { wordsOf } from "../language/language";
import { useNotice } from "../shell/Notices";
import { uploadWords } from "./words";

/** What the inputs for pictures accept. Browsers on iPhones convert HEIC for it. */
export const pictureTypes = "image/jpeg,image/png,image/webp,image/gif";

/** How many a message or a post can have. */
const maxPictures = 20;

/** A picture that was uploaded. Plain JSON, for drafts. */
export type UploadedPicture = Pick<Attachment, "fileId" | "name" | "url" | "width" | "height">;

export const uploaded = ({ fileId, name, url, width, height }: Attachment): UploadedPicture => ({ fileId, name, url, width, height });

/** A picture that is being uploaded. */
export interface Picture {
  readonly key: string;
  readonly name: string;
  /** A URL that shows it. */
  readonly preview: string;
  /** From 0 to 1. */
  readonly progress: number;
  /** Whether it is uploaded, and waits for one that was chosen before it. */
  readonly isDone?: boolean;
  /** Why it was not uploaded. */
  readonly fault?: Fault | undefined;
}

export interface Pictures {
  /** Those that are not uploaded yet, in the order they were added. */
  pending: readonly Picture[];
  /** Whether there are as many as there can be. */
  isFull: boolean;
  /** Uploads files, one after the other. A notice says how many are left out, if there are too many. */
  add(files: Iterable<File>): void;
  retry(key: string): void;
  /** Ends an upload and forgets the picture. */
  remove(key: string): void;
}

interface Upload {
  file: File;
  preview: string;
  abort: AbortController;
  /** What was uploaded. */
  done?: UploadedPicture;
}

/**
 * Uploads pictures for a purpose, beside those that are `there` already. `onUploaded` is called with those that are ready, in the
 * order they were added; leaving the page ends the uploads.
 */
export function usePictures(purpose: UploadPurpose, there: number, onUploaded: (pictures: readonly UploadedPicture[]) => void): Pictures {
  const client = useClient();
  const notify = useNotice();
  const sender = useMemo(() => createUploads(client), [client]);
  const [pending, setPending] = useState<readonly Picture[]>([]);
  const uploads = useRef(new Map<string, Upload>());
  const last = useRef<Promise<void>>(Promise.resolve());
  const ready = useRef(onUploaded);
  useLayoutEffect(() => {
    ready.current = onUploaded;
  });

  const forget = (key: string) => {
    const upload = uploads.current.get(key);
    upload?.abort.abort();
    if (upload) URL.revokeObjectURL(upload.preview);
    uploads.current.delete(key);
    setPending((now) => now.filter((picture) => picture.key !== key));
  };
  /** Hands over what is uploaded, up to the first that is not: a failed one keeps its place for a retry. */
  const handOver = () => {
    const pictures: UploadedPicture[] = [];
    for (const [key, { done }] of uploads.current) {
      if (!done) break;
      pictures.push(done);
      forget(key);
    }
    if (pictures.length > 0) ready.current(pictures);
  };
  const change = (key: string, part: Partial<Picture>) =>
    setPending((now) => now.map((picture) => (picture.key === key ? { ...picture, ...part } : picture)));
  const send = async (key: string) => {
    const upload = uploads.current.get(key);
    if (!upload) return;
    try {
      const file = await sender.put(upload.file, {
        purpose,
        signal: upload.abort.signal,
        onProgress: (sent, total) => change(key, { progress: sent / total }),
      });
      if (upload.abort.signal.aborted) return;
      upload.done = uploaded(file);
      change(key, { isDone: true });
      handOver();
    } catch (error) {
      if (!upload.abort.signal.aborted) change(key, { fault: client.fault(error) });
    }
  };
  const queue = (key: string) => {
    last.current = last.current.then(() => send(key));
  };
  useEffect(() => {
    const all = uploads.current;
    return () => {
      for (const { abort, preview } of all.values()) {
        abort.abort();
        URL.revokeObjectURL(preview);
      }
      all.clear();
    };
  }, []);
  return {
    pending,
    isFull: there + pending.length >= maxPictures,
    add: (files) => {
      const chosen = [...files];
      const room = Math.max(0, maxPictures - there - uploads.current.size);
      if (chosen.length > room) {
        const message = wordsOf(uploadWords).tooMany(maxPictures, chosen.length - room);
        notify({ kind: "exhausted", reason: "TOO_MANY_PICTURES", message, retryAfterMs: undefined, requestId: undefined, metadata: {} });
      }
      for (const file of chosen.slice(0, room)) {
        const key = randomId();
        const preview = URL.createObjectURL(file);
        uploads.current.set(key, { file, preview, abort: new AbortController() });
        setPending((now) => [...now, { key, name: file.name, preview, progress: 0 }]);
        queue(key);
      }
    },
    retry: (key) => {
      change(key, { fault: undefined, progress: 0 });
      queue(key);
    },
    remove: (key) => {
      forget(key);
      handOver();
    },
  };
}
