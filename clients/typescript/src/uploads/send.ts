import { fromJson } from "@bufbuild/protobuf";
import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromHttpStatus } from "@connectrpc/connect/protocol-connect";
import type { Fetch } from "../connection.js";
import { ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { bounded, linked } from "../timers.js";

/** How long a connection may send nothing, if its progress is known, and how long all may take otherwise. The server stops waiting then, too. */
const stallMs = 30_000;
const wholeMs = 5 * 60_000;

export interface Sending {
  readonly url: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Blob;
  readonly fetch: Fetch | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (sent: number) => void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a file to where it belongs. Throws what the server says if it does not take it. */
export async function sendFile(sending: Sending): Promise<void> {
  // Programs may not set that: it is that of the body.
  const headers = Object.fromEntries(Object.entries(sending.headers).filter(([name]) => name.toLowerCase() !== "content-length"));
  const send = typeof XMLHttpRequest === "function" ? sendByRequest : sendByFetch;
  const { status, text } = await send({ ...sending, headers });
  if (status < 200 || status > 299) {
    throw errorOf(status, text);
  }
}

/** Reports whether the file may be there: it was sent before. An S3 answers so to If-None-Match. */
export function isThere(error: unknown): boolean {
  return ConnectError.from(error).code === Code.AlreadyExists;
}

function sendByRequest({ url, method, headers, body, signal, onProgress }: Sending): Promise<Answer> {
  const request = new XMLHttpRequest();
  const { signal: ending, end } = linked(signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(tooLate()), stallMs);
    };
    request.upload.onprogress = ({ loaded }) => {
      alive();
      onProgress(loaded);
    };
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(broken());
    request.onabort = () => reject(broken());
    request.open(method, url);
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    alive();
    onProgress(0);
    request.send(body);
  });
  return bounded(answer, 0, ending, () => undefined).finally(() => {
    clearTimeout(timer);
    request.onabort = request.onerror = request.onload = request.upload.onprogress = null;
    request.abort();
    end();
  });
}

async function sendByFetch({ url, method, headers, body, fetch, signal, onProgress }: Sending): Promise<Answer> {
  const { signal: ending, end } = linked(signal);
  const ask = async (): Promise<Answer> => {
    try {
      const init = { method, headers, body, signal: ending, credentials: "omit" } as const;
      const response = (await (fetch ?? globalThis.fetch)(url, init)) as Response;
      return { status: response.status, text: await response.text() };
    } catch (e) {
      throw broken(e);
    }
  };
  onProgress(0);
  try {
    return await bounded(ask(), wholeMs, ending, tooLate);
  } finally {
    end();
  }
}

/** A connection that broke, which faultOf reads as `offline`. */
function broken(cause?: unknown): ConnectError {
  return new ConnectError("the connection broke", Code.Unknown, undefined, undefined, cause);
}

function tooLate(): ConnectError {
  return new ConnectError("no answer in time", Code.DeadlineExceeded);
}

const details: readonly DescMessage[] = [ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema];

/** Returns the error of an answer. Our server's is a google.rpc.Status as JSON; others' says only the status. */
function errorOf(status: number, text: string): ConnectError {
  try {
    const body = JSON.parse(text) as { code: Code; message: string; details: JsonObject[] };
    const found = body.details.flatMap(({ "@type": type, ...value }) => {
      const desc = details.find(({ typeName }) => type === `type.googleapis.com/${typeName}`);
      return desc === undefined ? [] : [{ desc, value: fromJson(desc, value, { ignoreUnknownFields: true }) }];
    });
    return new ConnectError(body.message, body.code, undefined, found);
  } catch {
    const code = status === 412 || status === 409 ? Code.AlreadyExists : status === 408 || status >= 500 ? Code.Unavailable : codeFromHttpStatus(status);
    return new ConnectError(`HTTP ${status}`, code);
  }
}
