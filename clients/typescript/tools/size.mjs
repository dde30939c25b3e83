// Measures what a page loads of the client at first, minified and compressed, and fails if that is too much. What counts is a page whose build
// makes the descriptors small, as the web app's does; the size without that is printed beside it.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { compact, generated } from "../../web/build/descriptors/compact.ts";

const resolveDir = fileURLToPath(new URL("..", import.meta.url));
const describe = fileURLToPath(new URL("../../web/build/descriptors/describe.ts", import.meta.url));
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
    limit: 61_500,
  },
  {
    name: "all of it, and its cache",
    code: `import { createClient, createClub, createOutbox } from "${from}";
      import { createOfflineCache } from "./dist/esm/offline/index.js";
      const client = createClient({ baseUrl: "" });
      const cache = createOfflineCache(client, { storage: localStorage });
      globalThis.it = createClub(client, { cache, outbox: createOutbox(client) });`,
    limit: 64_000,
  },
];

/** Makes the descriptors small. What describes them gets its packages from here, so that there is one copy of them. */
const descriptors = {
  name: "descriptors",
  setup({ onLoad }) {
    onLoad({ filter: generated }, ({ path }) => ({ contents: compact(readFileSync(path, "utf8"), describe) }));
    onLoad({ filter: /\/describe\.ts$/ }, ({ path }) => ({ contents: readFileSync(path, "utf8"), loader: "ts", resolveDir }));
  },
};

/** Returns how many bytes a program has as it is sent. */
async function sizeOf(code, plugins) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir },
    bundle: true,
    splitting: true,
    outdir: "out",
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2020",
    write: false,
    plugins,
  });
  const loaded = new Set(["out/stdin.js"]);
  for (const path of loaded) {
    metafile.outputs[path].imports.filter(({ kind }) => kind === "import-statement").forEach((chunk) => loaded.add(chunk.path));
  }
  const chunks = outputFiles.filter(({ path }) => loaded.has(relative(process.cwd(), path)));
  return chunks.reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0);
}

let tooMuch = false;
for (const { name, code, limit } of programs) {
  const bytes = await sizeOf(code, [descriptors]);
  const standard = await sizeOf(code, []);
  console.log(`${String(bytes).padStart(7)} of ${limit} bytes gzip: ${name} (${standard} with descriptors as protoc-gen-es writes them)`);
  tooMuch ||= bytes > limit;
}
if (tooMuch) {
  console.error("the client has become too large: see what has come into it, or raise the limit in tools/size.mjs knowingly");
  process.exit(1);
}
