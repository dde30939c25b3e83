import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch } from "../src/state/store.js";

test("a listener that throws keeps no other one from being called, and its error is reported", (t) => {
  const reports: (() => void)[] = [];
  t.mock.method(globalThis, "setTimeout", (f: () => void) => reports.push(f));
  const calls: string[] = [];
  const batch = new Batch(() => calls.push("changed"));
  const [one, two] = [batch.slice(() => 1), batch.slice(() => 2)];
  one.subscribe(() => {
    throw new Error("a mistake");
  });
  one.subscribe(() => calls.push("one"));
  two.subscribe(() => calls.push("two"));
  batch.run(() => [one, two].forEach((slice) => slice.touch()));
  assert.deepEqual(calls, ["one", "two", "changed"]);
  assert.equal(reports.length, 1);
  assert.throws(() => reports[0]?.(), /a mistake/);
});

test("slices by key keep no value that is out of date and that nobody watches", () => {
  const befores: unknown[] = [];
  let changes = 0;
  const batch = new Batch(() => changes++);
  const slices = batch.slices((key: string, before: object | undefined) => (befores.push(before), before ?? { key }));
  slices.touch("unknown");
  assert.equal(changes, 1, "a change that nobody looks at is not noted");
  assert.equal(befores.length, 0);
  const slice = slices.of("a");
  assert.equal(slices.of("a"), slice);
  const first = slice.getSnapshot();
  const end = slice.subscribe(() => {});
  slices.touch("a");
  assert.equal(slice.getSnapshot(), first);
  end();
  assert.equal(slice.getSnapshot(), first);
  slices.touch("a");
  slice.getSnapshot();
  assert.deepEqual(befores, [undefined, first, undefined]);
});
