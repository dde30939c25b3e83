import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, transformWithOxc } from "vite";
import { paths } from "../src/router/paths.ts";

const sources = ["worker.ts", "push.ts"].map((name) => fileURLToPath(new URL(`../src/worker/${name}`, import.meta.url)));

/** Writes the service worker, with the list of what it keeps and the paths that pushes open. */
export function worker(): Plugin {
  return {
    name: "worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      const files = [
        "/",
        ...Object.keys(bundle)
          .filter((name) => name.startsWith("assets/"))
          .sort()
          .map((name) => `/${name}`),
      ];
      const pages = Object.values(paths).map((path) => `^${path.replace(/:\w+/g, "[^/]+")}$`);
      const targets = [
        ["game_id", paths.game],
        ["post_id", paths.post],
        ["room_id", paths.room],
      ];
      const parts = await Promise.all(sources.map((source) => transformWithOxc(readFileSync(source, "utf8"), source)));
      const code = parts.map((part) => part.code).join("");
      const version = createHash("sha256").update(files.join()).update(code).digest("hex").slice(0, 16);
      const built = JSON.stringify({ version: `dongbaejul-${version}`, files, pages, targets, otherTarget: paths.notifications });
      this.emitFile({ type: "asset", fileName: "worker.js", source: `const built = ${built};\n${code}` });
    },
  };
}
