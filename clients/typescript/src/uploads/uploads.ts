import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection, Fetch } from "../connection.js";
import type { Uploads } from "./types.js";

export interface UploadsOptions {
  /** Sends files where there is no XMLHttpRequest, as in Node. The global fetch when left out. */
  fetch?: Fetch | undefined;
}

/** Creates the uploads of a connection; `createClient` has them already. What sends a file is loaded when the first one is sent. */
export function createUploads(connection: Connection, options: UploadsOptions = {}): Uploads {
  return {
    put: async (file, { signal, ...more }) => {
      const putFile = await loadPut();
      return putFile(connection, file, { ...options, ...more, call: signal === undefined ? {} : { signal } });
    },
  };
}

/** Loads what sends files. A page may do that without a network. */
export async function loadPut() {
  try {
    return (await import("./put.js")).putFile;
  } catch (e) {
    // faultOf reads it as a broken connection.
    throw new ConnectError("cannot load what uploads files", Code.Unknown, undefined, undefined, e);
  }
}
