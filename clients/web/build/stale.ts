// Fails when what is committed is not what the sources build now. The same sources build the same files everywhere, since
// whatever has a part in it is pinned by package.json: what is imported and what builds by its version, and what these bring
// along under "overrides"; the compiler of the client by the client's. Compared is what browsers get, not how it was compressed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The files of a folder by name, each as browsers get it. */
function contents(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const content = readFileSync(file);
    const unpacked = file.endsWith(".gz") ? gunzipSync(content) : file.endsWith(".br") ? brotliDecompressSync(content) : content;
    files.set(relative(folder, file), unpacked);
  }
  return files;
}

const folder = mkdtempSync(join(tmpdir(), "dongbaejul-web-"));
try {
  await build({ root, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
  const fresh = contents(folder);
  const committed = contents(join(root, "dist"));
  const names = new Set([...fresh.keys(), ...committed.keys()]);
  const stale = [...names].filter((name) => !fresh.get(name)?.equals(committed.get(name) ?? Buffer.from([0])));
  if (stale.length > 0) {
    console.error(`clients/web/dist is stale: run 'make web' and commit what it writes.\n  ${stale.sort().join("\n  ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
