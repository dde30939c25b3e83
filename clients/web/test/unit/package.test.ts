import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries = {
  "@dongbaejul/client": "index.js",
  "@dongbaejul/client/offline": "offline/index.js",
  "@dongbaejul/client/react": "react/index.js",
  "@dongbaejul/client/gen/dongbaejul/v1/chat_pb": "gen/dongbaejul/v1/chat_pb.js",
};

test("the app is built on the packed client, not on its sources", async () => {
  const server = await createServer({
    root,
    logLevel: "error",
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    for (const [name, file] of Object.entries(entries)) {
      const expected = `${root}node_modules/@dongbaejul/client/dist/esm/${file}`;
      const found = await server.environments.client.pluginContainer.resolveId(name, `${root}src/main.tsx`);
      assert.equal(found?.id.replace(/\?.*/, ""), expected);
      // A link to the client's folder would load the packages installed there.
      assert.equal(realpathSync(expected), expected);
    }
  } finally {
    await server.close();
  }
});
