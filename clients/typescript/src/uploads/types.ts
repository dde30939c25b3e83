import type { Attachment } from "../gen/dongbaejul/v1/common_pb.js";
import type { UploadPurpose } from "../gen/dongbaejul/v1/photos_pb.js";

/** A Blob or File, of the platform. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  /** Only a File has one. */
  readonly name?: string;
  slice(start?: number, end?: number, contentType?: string): unknown;
}

/** A file of React Native, as its image pickers return it. */
export interface FileReference {
  /** Where the program can read it, such as "file:///…/1.jpg". */
  readonly uri: string;
  readonly name?: string | null;
  /** Its MIME type. When left out, that which its name or `uri` says. */
  readonly type?: string | null;
  /** In bytes. Too large a file is then refused before it is read. */
  readonly size?: number | null;
}

/** A file to upload. */
export type UploadFile = BlobLike | FileReference;

export interface PutOptions {
  /** What it is for; it can be used for nothing else. */
  purpose: UploadPurpose;
  /** What people see it called. The file's own name when left out. */
  name?: string;
  /**
   * Is called as bytes are sent. `sent` is smaller than before when the file is sent again. Without XMLHttpRequest, as in Node, it is
   * called only before the first byte and after the last.
   */
  onProgress?(sent: number, total: number): void;
  /** Ends the upload. */
  signal?: AbortSignal;
}

export interface Uploads {
  /**
   * Uploads a picture, and resolves once the server has checked it. `fileId` of the result is what messages and posts attach, `url` is what
   * UpdateProfile takes as an avatar. What fails in passing is repeated a few times.
   *
   * What fails throws, `client.fault(error)` returns why: `PICTURE_UNSUPPORTED` and `PICTURE_TOO_LARGE` before anything is sent,
   * `TOO_MANY_UPLOADS` with `retryAfterMs`, and the server's other reasons for a file that it cannot use.
   */
  put(file: UploadFile, options: PutOptions): Promise<Attachment>;
}
