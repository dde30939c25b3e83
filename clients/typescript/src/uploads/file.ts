import { Code, ConnectError } from "@connectrpc/connect";
import type { Language } from "../errors.js";
import type { BlobLike, UploadFile } from "./types.js";
import { refusal } from "./words.js";

/** The most bytes that CreateUpload takes. */
const maxBytes = 10 * 1024 * 1024;
const maxNameLength = 255;

const types: { readonly [extension: string]: string } = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
};

/** A file that can be sent. */
export interface OpenFile {
  readonly body: Blob;
  readonly type: string;
  readonly size: number;
  readonly name: string | undefined;
  /** Frees the memory that the file takes, where that is not collected. */
  close(): void;
}

/** Reads a file and checks it, as far as the server would refuse it for what it is called. */
export async function openFile(file: UploadFile, language: Language, signal: AbortSignal | undefined): Promise<OpenFile> {
  const uri = "uri" in file ? file.uri : undefined;
  const name = file.name ?? (uri === undefined ? undefined : nameIn(uri));
  const known = typeOf(file.type, name);
  if (uri === undefined) {
    return opened(file as BlobLike, known, name, language);
  }
  // Pickers may report the size of the original, and 0 if they do not know it.
  if ((file.size ?? 0) > maxBytes) {
    throw refusal("PICTURE_TOO_LARGE", language);
  }
  const read = await readUri(uri, language, signal);
  try {
    return opened(read, known ?? typeOf(read.type, undefined), name, language);
  } catch (e) {
    closeBlob(read);
    throw e;
  }
}

function opened(blob: BlobLike, type: string | undefined, name: string | undefined, language: Language): OpenFile {
  if (type === undefined) {
    throw refusal("PICTURE_UNSUPPORTED", language);
  }
  if (blob.size < 1 || blob.size > maxBytes) {
    throw refusal(blob.size < 1 ? "PICTURE_DAMAGED" : "PICTURE_TOO_LARGE", language);
  }
  // React Native on Android sends the type of the Blob, whatever the headers say.
  const body = (blob.type === type ? blob : blob.slice(0, blob.size, type)) as Blob;
  return { body, type, size: blob.size, name, close: () => closeBlob(body) };
}

/** Closes a Blob of React Native: nothing else frees its memory in time. Others have no such method. */
function closeBlob(blob: BlobLike): void {
  (blob as { close?(): void }).close?.();
}

/** Returns the MIME type of a picture that the server takes, or undefined. */
function typeOf(said: string | null | undefined, name: string | undefined): string | undefined {
  const type = said?.toLowerCase().split(";")[0]?.trim() || types[/\.(\w+)$/.exec(name ?? "")?.[1]?.toLowerCase() ?? ""];
  const taken = type === "image/jpg" ? "image/jpeg" : type;
  return Object.values(types).includes(taken ?? "") ? taken : undefined;
}

function nameIn(uri: string): string | undefined {
  // The uri of a Blob or of data has no name.
  return /^(?!blob:|data:)[^?#]*\/([^/?#]+)/.exec(uri)?.[1];
}

/** Returns a name as the contract takes it: one line of visible characters, and not too long. */
export function lineOf(name: string | undefined): string | undefined {
  const line = name && [...name.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ").normalize("NFC")].slice(0, maxNameLength).join("").trim();
  return line || undefined;
}

/** Reads what a uri refers to. React Native's fetch, and Expo's, do not read every uri that XMLHttpRequest does. */
function readUri(uri: string, language: Language, signal: AbortSignal | undefined): Promise<BlobLike> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const aborted = () => {
      reject(new ConnectError("canceled", Code.Canceled));
      request.abort();
    };
    request.onload = () => resolve(request.response as BlobLike);
    request.onerror = () => reject(refusal("FILE_UNREADABLE", language));
    request.onloadend = () => signal?.removeEventListener("abort", aborted);
    signal?.addEventListener("abort", aborted);
    request.open("GET", uri);
    request.responseType = "blob";
    request.send();
    if (signal?.aborted === true) {
      aborted();
    }
  });
}
