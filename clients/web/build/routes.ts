import type { Plugin } from "vite";
import { paths } from "../src/router/paths.ts";

/** Writes the paths of the app's pages for the server. */
export function routes(): Plugin {
  return {
    name: "routes",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "routes.json", source: `${JSON.stringify(Object.values(paths), null, 2)}\n` });
    },
  };
}
