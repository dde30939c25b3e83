import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf } from "../src/errors.js";
import type { Fault } from "../src/errors.js";
import { Loader } from "../src/state/loader.js";
import { until } from "./support/wait.js";

const forever = new AbortController().signal;

// A listener that is notified of the load may already know something newer.
test("a request that comes while a loader tells that it is done is not lost", async () => {
  let loads = 0;
  const loader: Loader = new Loader(
    async () => void loads++,
    forever,
    () => {
      if (loader.loading.loaded && !loader.loading.loading && loads === 1) {
        void loader.request();
      }
    },
    faultOf,
  );
  void loader.request();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(loads, 2);
});

test("a request that comes just after a loader is done is not lost", async () => {
  for (let ticks = 0; ticks < 10; ticks++) {
    let loads = 0;
    let asked = 0;
    const loader = new Loader(
      async () => {
        loads++;
        void (async () => {
          for (let i = 0; i < ticks; i++) {
            await undefined;
          }
          if (asked++ === 0) {
            void loader.request();
          }
        })();
      },
      forever,
      () => {},
      faultOf,
    );
    void loader.request();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(loads, 2, `asked ${ticks} ticks after`);
  }
});

test("a request does not shorten the wait that the server asked for", async () => {
  const loadedAt: number[] = [];
  const loader = new Loader(
    async () => {
      if (loadedAt.push(Date.now()) === 1) {
        throw new Error("busy");
      }
    },
    forever,
    () => {},
    () => ({ kind: "unavailable", message: "busy", retryAfterMs: 100 }) as Fault,
  );
  const first = loader.request();
  await until("the first answer", () => loader.loading.fault !== undefined);
  await Promise.all([first, loader.request(), loader.request()]);
  const waited = (loadedAt[1] ?? 0) - (loadedAt[0] ?? 0);
  assert.ok(waited >= 99, `it waited ${waited} ms`);
});
