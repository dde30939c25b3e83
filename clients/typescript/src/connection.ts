import type { DescService } from "@bufbuild/protobuf";
import type { Client as ServiceClient, Interceptor, Transport } from "@connectrpc/connect";
import type { ClientSession } from "./auth.js";
import type { Fault, Language } from "./fault.js";
import type { Lifecycle } from "./lifecycle.js";
import type { KeyValueStorage } from "./storage.js";

/**
 * A fetch. Those of browsers, Node, React Native, expo/fetch and others do not agree on their types; all of them can be given
 * here as they are.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Fetch = (input: any, init?: any) => Promise<any>;

/** What a transport of one's own is made of. */
export interface TransportOptions {
  readonly baseUrl: string;
  readonly interceptors: Interceptor[];
  readonly useBinaryFormat: boolean;
}

export interface ConnectionOptions {
  /** Where the server is, such as "https://club.example". In a page that the server serves, its own origin: location.origin. */
  baseUrl: string;
  /** Where tokens are kept: over restarts, and safe from other programs. In memory when left out. */
  tokens?: KeyValueStorage;
  /** The language of errors. Korean when left out. */
  language?: Language;
  /** The fetch to use; the global one when left out. */
  fetch?: Fetch;
  /** Binary messages in place of JSON. Smaller; but an answer cut short is not always noticed. */
  binary?: boolean;
  /** How long a unary call may take, in milliseconds. 15,000 when left out; 0 for no end. */
  timeoutMs?: number;
  /** What tells of background, foreground and network. That of the page where there is a `document`, else none. */
  lifecycle?: Lifecycle;
  /** Makes another transport than that on fetch, such as connect-node's for HTTP/2. */
  transport?(options: TransportOptions): Transport;
  /** Further interceptors; they see each call as it is sent. */
  interceptors?: Interceptor[];
}

/** A connection to the server, without services: those are added by `service`. */
export interface Connection {
  readonly session: ClientSession;
  readonly language: Language;
  readonly lifecycle: Lifecycle | undefined;
  /** For libraries that take one, such as @connectrpc/connect-query. It signs calls and renews tokens. */
  readonly transport: Transport;
  /** The typed calls of one service: `connection.service(ChatService)`. Leaving a `for await` over a stream ends its request. */
  service<S extends DescService>(service: S): ServiceClient<S>;
  /** Tells why a call failed, in the connection's language. */
  fault(error: unknown): Fault;
}

/** Connects without binding any service, for the smallest programs; see createClient. */
export declare function createConnection(options: ConnectionOptions): Connection;
