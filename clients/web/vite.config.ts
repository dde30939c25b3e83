import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./build/compress.ts";
import { descriptors } from "./build/descriptors/plugin.ts";
import { firstPaint } from "./build/first-paint.ts";
import { routes } from "./build/routes.ts";
import { watchClient } from "./build/watch-client.ts";
import { worker } from "./build/worker.ts";

// Where `make run` serves; `SERVER=https://… npm run dev` for another.
const server = process.env.SERVER ?? "http://localhost:3000";

export default defineConfig({
  plugins: [react(), firstPaint(), descriptors(), routes(), worker(), compress(), watchClient()],
  build: {
    // The browsers of televisions that hang in gyms are some years old.
    target: ["chrome94", "firefox100", "safari15.4"],
    // Not inlined: the page's policy allows files only.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file, dependencies, { hostType }) => (hostType === "html" ? dependencies : []),
    },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What changes with other packages only stays in caches when the app changes.
        codeSplitting: {
          groups: [
            { name: "vendor", test: /node_modules\/(?!@dongbaejul|@tanstack|@connectrpc\/connect-query|virtua)|web\/build\//, priority: 1 },
            // Loaded with the pages that need them: the board does without.
            { name: "queries", test: /node_modules\/(@tanstack|@connectrpc\/connect-query)/ },
            // The limits are for forms, which are loaded later, as are the cache, uploads and photos. The storage would be a file
            // of its own otherwise.
            {
              name: "client",
              test: /node_modules\/@dongbaejul\/client\/(?!.*\/(limits\.|offline\/|uploads\/|v1\/photos_pb))|web\/src\/storage\.ts/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(["/dongbaejul.v1.", "/api/", "/bandsim/", "/health"].map((path) => [path, { target: server, xfwd: true }])),
  },
});
