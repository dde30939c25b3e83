import type { CallOptions } from "@connectrpc/connect";
import type { Connection, Fetch } from "../connection.js";
import { isNamed, isTransient } from "../errors.js";
import type { Attachment } from "../gen/dongbaejul/v1/common_pb.js";
import { PhotoService } from "../gen/dongbaejul/v1/photos_pb.js";
import { bounded, fullJitter, randomId, sleep, throwLater } from "../timers.js";
import { lineOf, openFile } from "./file.js";
import type { OpenFile } from "./file.js";
import { isThere, sendFile } from "./send.js";
import type { PutOptions, UploadFile } from "./types.js";

/** How often each step is tried, and how long its delays are. */
const tries = 4;
const minDelayMs = 500;
const maxDelayMs = 8_000;

export interface PutConfig extends Omit<PutOptions, "signal"> {
  readonly fetch?: Fetch | undefined;
  /** The key of the upload: with the same one, an upload that a program has begun before continues. */
  readonly key?: string;
  /** How often each step is tried. */
  readonly tries?: number;
  readonly call: CallOptions;
}

/** Implements `put` of Uploads. */
export async function putFile(connection: Connection, file: UploadFile, config: PutConfig): Promise<Attachment> {
  const open = await openFile(file, connection.language, config.call.signal);
  try {
    return await new Put(connection, open, config).run();
  } finally {
    // A Blob that was given is the caller's.
    if ("uri" in file) {
      open.close();
    }
  }
}

class Put {
  constructor(
    private readonly connection: Connection,
    private readonly file: OpenFile,
    private readonly config: PutConfig,
  ) {}

  async run(): Promise<Attachment> {
    const key = this.config.key ?? randomId();
    const first = await this.attempt(key);
    const last = first.expired === undefined ? first : await this.attempt(`${key}.2`);
    if (last.uploaded === undefined) {
      throw last.expired;
    }
    return last.uploaded;
  }

  /** Uploads the file by a request_id. Returns the error if the URL has expired before the file was there. */
  private async attempt(requestId: string): Promise<{ uploaded?: Attachment | undefined; expired?: unknown }> {
    const { call, purpose } = this.config;
    const { type: contentType, size } = this.file;
    const photos = this.connection.service(PhotoService);
    const name = lineOf(this.config.name ?? this.file.name);
    const request = { purpose, contentType, size: BigInt(size), requestId, ...(name === undefined ? {} : { name }) };
    const { uploadUrl, method, headers, fileId } = await this.again(() => photos.createUpload(request, call));
    let expired: unknown;
    try {
      await this.again(() => this.send(uploadUrl, method, headers));
    } catch (e) {
      if (!this.isExpired(e)) {
        throw e;
      }
      expired = e;
    }
    try {
      return { uploaded: (await this.again(() => photos.completeUpload({ fileId }, call))).file };
    } catch (e) {
      if (expired !== undefined && this.connection.fault(e).reason === "UPLOAD_NOT_RECEIVED") {
        return { expired };
      }
      throw e;
    }
  }

  private async send(url: string, method: string, headers: { readonly [name: string]: string }): Promise<void> {
    const { fetch, call } = this.config;
    try {
      await sendFile({
        ...{ url, method, fetch, body: this.file.body, signal: call.signal },
        headers: { "Accept-Language": this.connection.language, ...headers },
        onProgress: (sent) => this.report(sent),
      });
    } catch (e) {
      // Its answer was lost.
      if (!isThere(e)) {
        throw e;
      }
    }
    this.report(this.file.size);
  }

  /** Reports whether an upload URL may have stopped working. The stores of others do not say so in our words. */
  private isExpired(e: unknown): boolean {
    const { kind, reason } = this.connection.fault(e);
    return reason === "UPLOAD_EXPIRED" || (!isNamed(e) && ["denied", "unauthenticated", "invalid"].includes(kind));
  }

  private report(sent: number): void {
    const { size } = this.file;
    try {
      this.config.onProgress?.(Math.min(sent, size), size);
    } catch (e) {
      throwLater(e);
    }
  }

  /** Runs a step, and repeats it a few times while what fails may go away soon. */
  private async again<T>(step: () => Promise<T>): Promise<T> {
    const { signal } = this.config.call;
    for (let attempt = 1; ; attempt++) {
      try {
        return await step();
      } catch (e) {
        const fault = this.connection.fault(e);
        const { retryAfterMs = 0 } = fault;
        if (attempt >= (this.config.tries ?? tries) || !isTransient(fault) || retryAfterMs > maxDelayMs) {
          throw e;
        }
        const { over } = sleep(Math.max(fullJitter(attempt, minDelayMs, maxDelayMs), retryAfterMs), signal);
        await bounded(over, 0, signal, () => undefined);
      }
    }
  }
}
