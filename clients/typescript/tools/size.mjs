// Measures what a page loads of the client, minified and compressed, and fails where that is too much.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const resolveDir = fileURLToPath(new URL("..", import.meta.url));
const from = "./dist/esm/index.js";
/** What is measured, in bytes. The first is what is promised. */
const programs = [
  {
    name: "one service and subscribe",
    code: `import { createConnection, subscribe, ChatService } from "${from}";
      const connection = createConnection({ baseUrl: "" });
      globalThis.it = [connection.service(ChatService), subscribe(connection, { onEvents() {} })];`,
    limit: 45_000,
  },
  {
    name: "every service and subscribe",
    code: `import { createClient, subscribe } from "${from}";
      const client = createClient({ baseUrl: "" });
      globalThis.it = [client, subscribe(client, { onEvents() {} })];`,
    limit: 46_500,
  },
  {
    name: "all of it",
    code: `import { createClient, createClub, createOutbox } from "${from}";
      const client = createClient({ baseUrl: "" });
      globalThis.it = createClub(client, { outbox: createOutbox(client) });`,
    limit: 58_000,
  },
];

let tooMuch = false;
for (const { name, code, limit } of programs) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2020",
    write: false,
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${String(bytes).padStart(7)} of ${limit} bytes gzip: ${name}`);
  tooMuch ||= bytes > limit;
}
if (tooMuch) {
  console.error("the client has become too large: see what has come into it, or raise the limit in tools/size.mjs knowingly");
  process.exit(1);
}
