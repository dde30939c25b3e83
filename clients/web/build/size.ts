// Measures what a browser loads before it can show the board, and fails when that has become too much.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** What the first load may be, gzipped, in bytes. */
const budget = 150_000;

const dist = new URL("../dist/", import.meta.url);
const index = gunzipSync(readFileSync(new URL("index.html.gz", dist))).toString();
// Telephones ask for their own icon when somebody puts the app on the home screen, not before.
const tags = index.match(/<(?:script|link)[^>]*>/g)?.filter((tag) => !tag.includes("apple-touch-icon")) ?? [];
const first = ["index.html", ...tags.flatMap((tag) => /(?:src|href)="\/([^"]+)"/.exec(tag)?.[1] ?? [])];

let total = 0;
for (const name of first) {
  const { size } = statSync(new URL(`${name}.gz`, dist));
  total += size;
  console.log(`${String(size).padStart(8)}  ${name}`);
}
const later = readdirSync(new URL("assets/", dist))
  .filter((name) => name.endsWith(".gz") && !first.includes(`assets/${name.slice(0, -3)}`))
  .reduce((sum, name) => sum + statSync(new URL(`assets/${name}`, dist)).size, 0);
console.log(`${String(total).padStart(8)}  first load of the board, gzip (at most ${budget}); ${later} more for all other pages`);
if (total > budget) {
  console.error(`The first load is ${total - budget} bytes too large: load later what the board does not show.`);
  process.exitCode = 1;
}
