import { Code } from "@connectrpc/connect";
import type { CallOptions } from "@connectrpc/connect";
import type { Connection, Fetch } from "../connection.js";
import { localError } from "../errors.js";
import { UploadPurpose } from "../gen/dongbaejul/v1/photos_pb.js";
import type { BlobLike, UploadFile } from "../uploads/types.js";
import { loadPut } from "../uploads/uploads.js";
import { memoryFiles } from "./filestore.js";
import type { FileStore } from "./filestore.js";
import type { FilesOfAction, KeptFile, OutboxAction, OutboxFiles, OutgoingAttachment } from "./types.js";
import { fullWords, lostWords } from "./words.js";

/** The most bytes of a file that is kept: the server takes no larger one. */
const maxFileBytes = 10 * 1024 * 1024;
/** How long a file is kept: an action that has failed for so long needs it no more. */
const keptMs = 7 * 24 * 60 * 60_000;

export interface OutboxFilesOptions {
  /**
   * Keeps files until they are sent. In memory when left out: then an action fails after a restart, with `FILE_LOST`. In browsers use
   * indexedDbFiles. React Native's need none: of those, the `uri` is kept, and the file must stay where it is.
   */
  store?: FileStore;
  /** How many bytes are kept; an action with more is sent at once, or fails. 100 MiB. */
  maxBytes?: number;
  /** As that of UploadsOptions. */
  fetch?: Fetch;
}

/** Creates what uploads the files of an outbox. Actions then may have `attachments: [{ file }]`. */
export function createOutboxFiles(connection: Connection, options: OutboxFilesOptions = {}): OutboxFiles {
  return new StoredFiles(connection, options.store ?? memoryFiles(), options);
}

class StoredFiles implements OutboxFiles {
  constructor(
    private readonly connection: Connection,
    private readonly store: FileStore,
    private readonly options: OutboxFilesOptions,
  ) {}

  async keep(of: FilesOfAction): Promise<void> {
    const kept: OutgoingAttachment[] = [];
    try {
      for (const [i, attachment] of attachmentsOf(of.action).entries()) {
        kept.push(await this.keepFile(attachment, `${of.id}.${i}`, of.createdAt));
      }
    } catch (e) {
      await this.forgetAll(kept).catch(() => undefined);
      throw e;
    }
    of.update(withAttachments(of.action, kept));
  }

  private async keepFile(attachment: OutgoingAttachment, id: string, createdAt: number): Promise<OutgoingAttachment> {
    const { file } = attachment;
    // A file that is too large is not kept: it is refused at once.
    if (file === undefined || !isBlob(file) || file.size > maxFileBytes) {
      return attachment;
    }
    const key = `${createdAt}.${file.size}.${id}`;
    const { type, size, name } = file;
    await this.makeRoom(size);
    await this.store.set(key, file as Blob);
    const named = attachment.name ?? name;
    return { ...attachment, ...(named === undefined ? {} : { name: named }), file: { key, type, size, ...(name === undefined ? {} : { name }) } };
  }

  /** Deletes what is old, and throws if there is no room for a file of a size. */
  private async makeRoom(size: number): Promise<void> {
    let bytes = size;
    for (const key of await this.store.keys()) {
      const [createdAt, kept] = key.split(".").map(Number);
      if (Date.now() - (createdAt ?? 0) > keptMs) {
        await this.store.delete(key);
      } else {
        bytes += kept ?? 0;
      }
    }
    if (bytes > (this.options.maxBytes ?? 100 * 1024 * 1024)) {
      throw localError(Code.ResourceExhausted, "OUTBOX_FULL", fullWords[this.connection.language]);
    }
  }

  async upload(of: FilesOfAction, call: CallOptions): Promise<void> {
    const attachments = [...attachmentsOf(of.action)];
    const files = attachments.flatMap(({ file }, i) => (file === undefined ? [] : [i]));
    for (const [at, i] of files.entries()) {
      const attachment = attachments[i];
      // One that failed may have used up its upload: with another request_id, it is another upload.
      const requestId = `${of.id}.${i}${of.retriedAt === undefined ? "" : `.${of.retriedAt.toString(36)}`}`;
      if (attachment?.file === undefined || attachment.uploadedBy === requestId) {
        continue;
      }
      const onProgress = (sent: number, total: number) => of.progress({ file: at, files: files.length, sent, total });
      onProgress(0, 0);
      const file = await this.read(attachment.file);
      const putFile = await loadPut();
      const { fileId } = await putFile(this.connection, file, {
        ...{ call, onProgress, purpose: purposeOf(of.action), key: requestId, tries: 1, fetch: this.options.fetch },
        ...(attachment.name === undefined ? {} : { name: attachment.name }),
      });
      attachments[i] = { ...attachment, fileId, uploadedBy: requestId };
      of.update(withAttachments(of.action, [...attachments]));
    }
    of.progress(undefined);
  }

  private async read(file: UploadFile | KeptFile): Promise<UploadFile> {
    if (isBlob(file) || "uri" in file) {
      return file;
    }
    const found = "key" in file ? await this.store.get(file.key) : undefined;
    if (found === undefined) {
      throw localError(Code.FailedPrecondition, "FILE_LOST", lostWords[this.connection.language]);
    }
    return found;
  }

  async forget(of: FilesOfAction): Promise<void> {
    await this.forgetAll(attachmentsOf(of.action));
  }

  private async forgetAll(attachments: readonly OutgoingAttachment[]): Promise<void> {
    const keys = attachments.flatMap(({ file }) => (file !== undefined && "key" in file ? [file.key] : []));
    await Promise.all(keys.map((key) => this.store.delete(key)));
  }
}

function isBlob(file: UploadFile | KeptFile): file is BlobLike {
  return "slice" in file;
}

function purposeOf(action: OutboxAction): UploadPurpose {
  return action.kind === "send_message" ? UploadPurpose.CHAT : UploadPurpose.POST;
}

function attachmentsOf(action: OutboxAction): readonly OutgoingAttachment[] {
  return "attachments" in action ? (action.attachments ?? []) : [];
}

function withAttachments(action: OutboxAction, attachments: readonly OutgoingAttachment[]): OutboxAction {
  return "attachments" in action ? { ...action, attachments } : action;
}
