import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "@dongbaejul/client";
import { nothing, RemoteCache } from "../../src/club/remote";

const cacheOf = () => new RemoteCache((error) => ({ kind: "offline", message: String(error) }) as Fault);

test("an answer is told to who listens, and is there at once the next time", async () => {
  const cache = cacheOf();
  const seen: unknown[] = [];
  cache.subscribe("a", () => seen.push(cache.get("a")));
  assert.equal(cache.get("a"), nothing);
  await cache.ask("a", async () => 1);
  assert.deepEqual(seen, [
    { value: undefined, fault: undefined, loading: true },
    { value: 1, fault: undefined, loading: false },
  ]);
  assert.equal(cache.get("b"), nothing);
});

test("what fails keeps the last answer, and an answer clears the failure", async () => {
  const cache = cacheOf();
  await cache.ask("a", async () => 1);
  assert.equal(cache.isFresh("a", 60_000), true);
  await cache.ask("a", async () => {
    throw new Error("away");
  });
  assert.equal(cache.isFresh("a", 60_000), false);
  assert.equal(cache.get("a").value, 1);
  assert.equal(cache.get("a").fault?.message, "Error: away");
  await cache.ask("a", async () => 2);
  assert.deepEqual(cache.get("a"), { value: 2, fault: undefined, loading: false });
});

test("of two questions the later one counts, whichever is answered first", async () => {
  const cache = cacheOf();
  const { promise, resolve } = withResolvers<string>();
  const first = cache.ask("a", async (signal) => {
    const answer = await promise;
    assert.equal(signal.aborted, true);
    return answer;
  });
  await cache.ask("a", async () => "second");
  resolve("first");
  await first;
  assert.equal(cache.get("a").value, "second");
});

test("what nothing shows is let go of, the oldest first", async () => {
  const cache = cacheOf();
  const end = cache.subscribe("shown", () => undefined);
  for (let i = 0; i < 100; i++) {
    await cache.ask(`k${i}`, async () => i);
    cache.subscribe(`k${i}`, () => undefined)();
  }
  assert.equal(cache.get("k0"), nothing);
  assert.equal(cache.get("k99").value, 99);
  await cache.ask("shown", async () => "still");
  assert.equal(cache.get("shown").value, "still");
  end();
});

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}
