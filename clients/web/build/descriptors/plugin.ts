import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { compact, generated } from "./compact.ts";

const runtime = fileURLToPath(new URL("./describe.ts", import.meta.url));

/** Makes descriptors small in what browsers load: those of the contract, and those of the types of protobuf-es that it uses. */
export function descriptors(): Plugin {
  return {
    name: "descriptors",
    apply: "build",
    enforce: "pre",
    transform: {
      filter: { id: generated },
      handler: (code) => compact(code, runtime),
    },
  };
}
