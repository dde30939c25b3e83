import type { DescMessage, DescMethod, DescMethodStreaming, DescMethodUnary, DescService, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallOptions, Client as ServiceClient, Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { faultFields, faultOf, localError } from "./errors.js";
import type { Fault, Language } from "./errors.js";
import { AuthService } from "./gen/dongbaejul/v1/auth_pb.js";
import { browserLifecycle } from "./lifecycle.js";
import type { Lifecycle } from "./lifecycle.js";
import { createLog, mistakesOnly } from "./logger.js";
import type { Log, LogFields, Logger, LogLevel } from "./logger.js";
import { createSession } from "./session/session.js";
import type { ClientSession } from "./session/session.js";
import { cell } from "./state/observable.js";
import type { Readable } from "./state/observable.js";
import { memoryStorage } from "./storage.js";
import type { KeyValueStorage } from "./storage.js";
import { bounded, each, linked } from "./timers.js";

/**
 * A fetch. Those of browsers, Node, React Native, expo/fetch and others do not agree on their types; all of them can be given
 * here as they are.
 */
export type Fetch = (input: any, init?: any) => Promise<any>;

/** What a custom transport is created from. */
export interface TransportOptions {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  readonly useBinaryFormat: boolean;
}

export interface ConnectionOptions {
  /** Where the server is, such as "https://club.example". In a page that the server serves, its own origin: location.origin. */
  baseUrl: string;
  /** Where tokens are stored: it should last over restarts and be safe from other programs. In memory when left out. */
  tokens?: KeyValueStorage;
  /** The language of errors. Korean when left out. */
  language?: Language;
  /** Receives log entries, such as `console`. When left out, only errors of the program's own listeners are logged, to the console. */
  logger?: Logger;
  /** The lowest level that is logged. "info" when left out; "debug" logs every call. */
  logLevel?: LogLevel;
  /** The fetch to use; the global one when left out. */
  fetch?: Fetch;
  /** Binary messages instead of JSON. They are smaller, but a truncated answer is not always noticed. */
  binary?: boolean;
  /** The timeout of a unary call, in milliseconds. 15,000 when left out; 0 for none. */
  timeoutMs?: number;
  /** Reports background, foreground and network changes. That of the page if there is a `document`, else none. */
  lifecycle?: Lifecycle;
  /** Creates a transport to use instead of fetch, such as connect-node's for HTTP/2. */
  transport?(options: TransportOptions): Transport;
  /** Further interceptors; they see each call as it is sent. */
  interceptors?: Interceptor[];
}

/** A connection to the server, without services: those are added by `service`. */
export interface Connection {
  readonly session: ClientSession;
  /** The current language of errors and of the server's texts. */
  readonly language: Language;
  /** The same as an observable. */
  readonly languageState: Readable<Language>;
  readonly lifecycle: Lifecycle | undefined;
  /** Whether the global fetch is used, and is known not to stream. */
  readonly pollsOnly: boolean;
  /** The transport, for libraries such as @connectrpc/connect-query. It authenticates calls and renews tokens. */
  readonly transport: Transport;
  /** The typed calls of one service: `connection.service(ChatService)`. Leaving a `for await` over a stream ends its request. */
  service<S extends DescService>(service: S): ServiceClient<S>;
  /** Changes the language of later texts from the server. Calls and streams are not interrupted. */
  setLanguage(language: Language): void;
  /** Logs an entry to the program's logger. */
  readonly log: Log;
  /** Returns why a call failed, in the connection's language. */
  fault(error: unknown): Fault;
}

/** Connects without binding any service, for the smallest programs; see createClient. */
export function createConnection(options: ConnectionOptions): Connection {
  const languageState = cell(options.language ?? "ko");
  const language = languageState.getSnapshot;
  const log = createLog(options.logger ?? mistakesOnly, options.logLevel ?? "info");
  const lifecycle = options.lifecycle ?? ("document" in globalThis ? browserLifecycle() : undefined);
  const { session, interceptor } = createSession({
    storage: options.tokens ?? memoryStorage(),
    language,
    lifecycle,
    // The session calls by the transport that it signs the calls of; its own calls it lets through.
    auth: () => serviceOf(AuthService, transport),
  });
  const transportOptions = {
    baseUrl: options.baseUrl,
    interceptors: [interceptor, logging(log), inLanguage(language), ...(options.interceptors ?? [])],
    useBinaryFormat: options.binary ?? false,
  };
  const transport = withDeadlines(
    options.transport?.(transportOptions) ?? createConnectTransport({ ...transportOptions, fetch: withoutCookies(options.fetch) }),
    options.timeoutMs ?? 15_000,
  );
  session.state.subscribe(() => {
    const { status, ...more } = session.state.getSnapshot();
    log("info", "session", { status, ...("fault" in more && more.fault ? faultFields(more.fault) : {}) });
  });
  return {
    session,
    get language() {
      return language();
    },
    languageState,
    setLanguage: languageState.set,
    log,
    lifecycle,
    pollsOnly: options.fetch === undefined && options.transport === undefined && !globalFetchStreams(),
    transport,
    service: (service) => serviceOf(service, transport),
    fault: (error) => faultOf(error, language()),
  };
}

function inLanguage(language: () => Language): Interceptor {
  return (next) => (req) => {
    req.header.set("Accept-Language", language());
    return next(req);
  };
}

/** Logs how each call has ended, without its request and answer. */
function logging(log: Log): Interceptor {
  return (next) => async (req) => {
    const began = Date.now();
    const entry = (more: LogFields) => ({ method: req.method.name, ms: Date.now() - began, ...more });
    try {
      const response = await next(req);
      log("debug", "call", entry({}));
      return response;
    } catch (e) {
      const fault = faultOf(e);
      log(fault.kind === "internal" ? "warn" : "debug", "call failed", entry(faultFields(fault)));
      throw e;
    }
  };
}

/** The reason of the error when fetch cannot stream. */
export const cannotStream = "FETCH_CANNOT_STREAM";

/** Returns a fetch that sends no cookies, and fails if it is asked for a stream and cannot stream. */
function withoutCookies(given: Fetch | undefined): typeof globalThis.fetch {
  return async (input, init) => {
    // The global fetch is looked up on each call, since it may be polyfilled later.
    const response = (await (given ?? globalThis.fetch)(input, { credentials: "omit", ...init })) as Response;
    const type = new Headers(init?.headers).get("Content-Type") ?? "";
    if (type.startsWith("application/connect+") && response.ok) {
      if (typeof response.body?.getReader !== "function") {
        throw localError(Code.Unimplemented, cannotStream, "this fetch cannot stream: pass expo/fetch");
      }
      endWith(response.body, init?.signal);
    }
    return response;
  };
}

/**
 * Cancels a body when the signal aborts. Fetch should do that, but Node's forgets the signal after a garbage collection (undici 6),
 * and the server continues to send.
 */
function endWith(body: ReadableStream<Uint8Array>, signal: AbortSignal | null | undefined): void {
  const getReader = body.getReader.bind(body) as () => ReadableStreamDefaultReader<Uint8Array>;
  const watched = () => {
    const reader = getReader();
    signal?.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
    return reader;
  };
  body.getReader = watched as typeof body.getReader;
}

/**
 * Reports whether the global fetch may stream. React Native's own, which is whatwg-fetch, cannot: it answers a stream only when
 * that is over, which is never. Expo's can, though the Response beside it is still whatwg-fetch's. A fetch that a library has
 * wrapped looks like neither: it is asked for a stream, and the wait for hello finds out.
 */
function globalFetchStreams(): boolean {
  const { fetch, ReadableStream } = globalThis as { fetch?: { polyfill?: boolean }; ReadableStream?: unknown };
  return typeof ReadableStream === "function" && fetch?.polyfill !== true;
}

/** Returns a transport whose unary calls end at their deadline and on abort, even if the underlying fetch does not. */
function withDeadlines(inner: Transport, timeoutMs: number): Transport {
  return {
    async unary(method, signal, ms = timeoutMs, header, input, contextValues) {
      const own = linked(signal);
      try {
        const call = inner.unary(method, own.signal, ms, header, input, contextValues);
        return await bounded(call, ms, own.signal, () => new ConnectError("no answer in time", Code.DeadlineExceeded));
      } catch (e) {
        throw notOurs(e, signal);
      } finally {
        own.end();
      }
    },
    stream: (...call) => inner.stream(...call),
  };
}

/** Maps the code of a broken connection that some transports report as canceled. */
export function notOurs(error: unknown, signal: AbortSignal | undefined): ConnectError {
  const e = ConnectError.from(error);
  if (e.code !== Code.Canceled || signal?.aborted === true || e.details.length > 0) {
    return e;
  }
  return new ConnectError(e.rawMessage, Code.Unknown, e.metadata, undefined, e);
}

function serviceOf<S extends DescService>(service: S, transport: Transport): ServiceClient<S> {
  const calls: Record<string, unknown> = {};
  for (const method of service.methods) {
    calls[method.localName] = isUnary(method) ? unaryCall(method, transport) : streamCall(method as DescMethodStreaming, transport);
  }
  return calls as ServiceClient<S>;
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function unaryCall(method: DescMethodUnary, transport: Transport) {
  return async (input: MessageInitShape<DescMessage>, options?: CallOptions) => {
    const answer = await transport.unary(method, options?.signal, options?.timeoutMs, options?.headers, input, options?.contextValues);
    options?.onHeader?.(answer.header);
    options?.onTrailer?.(answer.trailer);
    return answer.message;
  };
}

/** Returns a stream that starts when it is read and whose request ends when the caller stops reading. Connect's own runs forever. */
function streamCall(method: DescMethodStreaming, transport: Transport) {
  return (input: MessageInitShape<DescMessage>, options: CallOptions = {}) => ({
    async *[Symbol.asyncIterator]() {
      const { signal, end } = linked(options.signal);
      const soon = <T>(p: Promise<T>) => bounded(p, 0, signal, () => undefined);
      try {
        const { timeoutMs = 0, headers, contextValues } = options;
        const answer = await soon(transport.stream(method, signal, timeoutMs, headers, each([input]), contextValues));
        options.onHeader?.(answer.header);
        const messages = answer.message[Symbol.asyncIterator]();
        for (let next = await soon(messages.next()); next.done !== true; next = await soon(messages.next())) {
          yield next.value;
        }
        options.onTrailer?.(answer.trailer);
      } catch (e) {
        throw notOurs(e, signal);
      } finally {
        end();
      }
    },
  });
}
