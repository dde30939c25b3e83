import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const name = "@dongbaejul/client";
const folder = fileURLToPath(new URL(`../node_modules/${name}/dist/esm`, import.meta.url));

/** Reloads the page when `npm run watch` in ../typescript has changed the client. Vite itself watches no packages. */
export function watchClient(): Plugin {
  return {
    name: "watch-client",
    apply: "serve",
    config: () => ({
      optimizeDeps: { exclude: [name] },
      server: {
        watch: { ignored: [`!${folder}/**`] },
        // Vite lets browsers cache packages forever, including the client.
        headers: { "Cache-Control": "no-cache" },
      },
    }),
    configureServer(server) {
      // The negated pattern alone does not work: https://github.com/vitejs/vite/issues/8619
      server.watcher.add(folder);
    },
  };
}
