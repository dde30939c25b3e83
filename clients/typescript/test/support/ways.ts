import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { ConnectionOptions } from "../../src/index.js";

/** A way to reach the server. */
export interface Way {
  readonly name: string;
  /** What a client needs to go that way; `close` lets go of its connections. */
  open(baseUrl: string): { options: ConnectionOptions; close: () => void };
}

function byFetch(binary: boolean): Way {
  return {
    name: `fetch over HTTP/1.1, ${binary ? "binary" : "JSON"}`,
    open: (baseUrl) => ({ options: { baseUrl, binary }, close: () => {} }),
  };
}

function byNode(httpVersion: "1.1" | "2", binary: boolean): Way {
  return {
    name: `Node over HTTP/${httpVersion}, ${binary ? "binary" : "JSON"}`,
    open: (baseUrl) => {
      const sessions = new Http2SessionManager(baseUrl);
      const transport: ConnectionOptions["transport"] = (o) =>
        httpVersion === "2"
          ? createConnectTransport({ ...o, httpVersion, sessionManager: sessions })
          : createConnectTransport({ ...o, httpVersion });
      return { options: { baseUrl, binary, transport }, close: () => sessions.abort() };
    },
  };
}

/** Every way that clients go. */
export const ways: readonly Way[] = [
  byFetch(false),
  byFetch(true),
  byNode("1.1", false),
  byNode("1.1", true),
  byNode("2", false),
  byNode("2", true),
];
