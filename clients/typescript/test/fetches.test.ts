import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Client, Fetch, SubscribeTiming } from "../src/index.js";
import { Chaos } from "./support/chaos.js";
import { listen, openRoom, quick, say, signedIn, wantAllOverCuts } from "./support/club.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

/** React Native's own fetch: over XMLHttpRequest, it answers when all of the body is there, and has no `body`. */
const reactNativeOver = (own: typeof fetch): Fetch => async (url: string, init: RequestInit) => {
  const response = await own(url, init);
  const bytes = await response.arrayBuffer();
  const { ok, status, headers } = response;
  const text = () => Promise.resolve(new TextDecoder().decode(bytes));
  return { ok, status, headers, text, json: async () => JSON.parse(await text()) as unknown, arrayBuffer: () => Promise.resolve(bytes) };
};
const reactNative = reactNativeOver(fetch);

/** A fetch that answers at once, but whose body cannot be read piece by piece. */
const bodiless: Fetch = async (url: string, init: RequestInit) => {
  const response = await fetch(url, init);
  const { ok, status, headers } = response;
  return { ok, status, headers, body: null, json: () => response.json(), arrayBuffer: () => response.arrayBuffer() };
};

/** A fetch that nothing settles once it is aborted, as expo/fetch before 57.0.11: neither it, nor what reads its body. */
function stuck(): Fetch {
  const never = () => new Promise<never>(() => {});
  const unlessAborted = <T>(signal: AbortSignal, p: Promise<T>): Promise<T> =>
    p.then(
      (value) => (signal.aborted ? never() : value),
      (e: unknown) => (signal.aborted ? never() : Promise.reject(e as Error)),
    );
  return async (url: string, init: RequestInit & { signal: AbortSignal }) => {
    const { signal } = init;
    const response = await unlessAborted(signal, fetch(url, init));
    const { ok, status, headers } = response;
    const reader = response.body?.getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const result = await unlessAborted(signal, (reader as ReadableStreamDefaultReader<Uint8Array>).read());
        if (result.done) {
          controller.close();
        } else {
          controller.enqueue(result.value);
        }
      },
    });
    const whole = () => new Response(body);
    return { ok, status, headers, body, json: () => whole().json(), arrayBuffer: () => whole().arrayBuffer() };
  };
}

describe("a fetch", () => {
  let server: Server;
  let leader: Client;
  let room: string;

  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
    room = await openRoom(leader);
  });
  after(async () => {
    const { openStreams } = await server.stop();
    assert.equal(openStreams, 0, "streams were left open on the server");
  });

  const without: { name: string; fetch: Fetch; streaming?: "never" }[] = [
    { name: "of React Native, which is found out", fetch: reactNative },
    { name: "of React Native, where that is said", fetch: reactNative, streaming: "never" },
    { name: "without a body to read", fetch: bodiless },
  ];
  for (const { name, fetch: given, streaming } of without) {
    test(`${name} gets everything by polling, over cuts`, async () => {
      const chaos = await Chaos.start(server.port);
      const client = await signedIn(server, 0, { baseUrl: chaos.url, fetch: given });
      const at = listen(client, { timing: { ...quick, helloMs: 300 }, ...(streaming === undefined ? {} : { streaming }) });
      await at.isOpen();
      const state = at.status();
      assert.equal(state.status === "open" && state.by, "poll");
      await wantAllOverCuts(leader, room, chaos, at);
      await at.subscription.close();
      await chaos.close();
    });
  }

  /** Subscribes while the global fetch is this one, in a program whose Response has no `body`; returns how, and what was asked for. */
  async function byGlobal(given: Fetch, timing: Partial<SubscribeTiming> = {}): Promise<{ by: string; asked: string[] }> {
    const asked: string[] = [];
    const own = globalThis.fetch;
    const body = Object.getOwnPropertyDescriptor(Response.prototype, "body");
    assert.ok(body !== undefined);
    const recording: Fetch = (url: string, init: RequestInit) => {
      asked.push(new URL(url).pathname.replace(/.*\//, ""));
      return given(url, init);
    };
    globalThis.fetch = Object.defineProperties(recording, Object.getOwnPropertyDescriptors(given)) as typeof globalThis.fetch;
    delete (Response.prototype as { body?: unknown }).body;
    try {
      const client = await signedIn(server, 0);
      Object.defineProperty(Response.prototype, "body", body);
      const at = listen(client, { timing: { ...quick, ...timing } });
      await at.isOpen();
      const state = at.status();
      await say(leader, room, "heard");
      await at.has(1);
      await at.subscription.close();
      return { by: state.status === "open" ? state.by : state.status, asked };
    } finally {
      globalThis.fetch = own;
      Object.defineProperty(Response.prototype, "body", body);
    }
  }

  /** Answers as expo/fetch does: by objects of its own, whose body streams, and not by the global Response. */
  const expo = (): Fetch => {
    const own = globalThis.fetch;
    return async (url: string, init: RequestInit) => {
      const response = await own(url, init);
      const { ok, status, headers, body } = response;
      return { ok, status, headers, body, json: () => response.json(), arrayBuffer: () => response.arrayBuffer() };
    };
  };

  test("of React Native that is the global one is never asked for a stream", async () => {
    // React Native takes whatwg-fetch, which marks itself.
    const { by, asked } = await byGlobal(Object.assign((url: string, init: RequestInit) => reactNative(url, init), { polyfill: true }));
    assert.equal(by, "poll");
    assert.ok(!asked.includes("Subscribe"));
  });

  test("of Expo that is the global one streams", async () => {
    const { by, asked } = await byGlobal(Object.defineProperty(expo(), Symbol.for("expo.builtin"), { value: true }));
    assert.equal(by, "stream");
    assert.ok(!asked.includes("Poll"));
  });

  test("of Expo that another library has wrapped streams", async () => {
    const { by } = await byGlobal(expo());
    assert.equal(by, "stream");
  });

  test("of React Native that another library has wrapped is asked for a stream once, and polls", async () => {
    const own = globalThis.fetch;
    const wrapped: Fetch = (url: string, init: RequestInit) => reactNativeOver(own)(url, init);
    const { by, asked } = await byGlobal(wrapped, { helloMs: 300 });
    assert.equal(by, "poll");
    assert.equal(asked.filter((method) => method === "Subscribe").length, 1);
  });

  test("that cannot stream ends a subscription that must", async () => {
    const client = await signedIn(server, 0, { fetch: bodiless });
    const at = listen(client, { streaming: "always" });
    await until("the end", () => at.status().status === "closed");
    const state = at.status();
    assert.equal(state.status === "closed" && state.fault?.reason, "FETCH_CANNOT_STREAM");
  });

  test("whose abort never settles hangs nothing", async () => {
    const chaos = await Chaos.start(server.port);
    const client = await signedIn(server, 0, { baseUrl: chaos.url, fetch: stuck() });
    const at = listen(client);
    await at.isOpen();
    chaos.blackHole(true);
    await say(leader, room, "one");
    await until("it to notice the silence", () => at.states.includes("waiting"), 10_000);
    chaos.blackHole(false);
    await at.has(1);
    // A call whose answer never comes ends in time, and one that is given up ends at once.
    chaos.blackHole(true);
    await assert.rejects(client.chat.listRooms({}, { timeoutMs: 100 }), (e) => client.fault(e).kind === "timeout");
    const give = new AbortController();
    const call = client.chat.listRooms({}, { signal: give.signal, timeoutMs: 1_000 });
    give.abort();
    await assert.rejects(call, (e) => client.fault(e).kind === "canceled");
    await at.subscription.close();
    assert.deepEqual(at.contents(), ["one"]);
    await chaos.close();
  });

  test("that forgets its signal once garbage is collected, as Node's does, leaves no stream", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const client = await signedIn(server, 0);
    const before = server.calls("EventService/Subscribe");
    for (let i = 0; i < 3; i++) {
      const at = listen(client);
      await at.isOpen();
      collect();
      await delay(10);
      collect();
      await at.subscription.close();
    }
    await until("the server to see the end of all", () => server.calls("EventService/Subscribe") === before + 3);
  });

  test("sends no cookies, and does not follow to other places", async () => {
    const inits: RequestInit[] = [];
    const client = await signedIn(server, 0, {
      fetch: (url: string, init: RequestInit) => {
        inits.push(init);
        return fetch(url, init);
      },
    });
    await client.chat.listRooms({});
    assert.ok(inits.length > 0 && inits.every((init) => init.credentials === "omit" && init.redirect === "error"));
  });

  test("of a stream that is left early is ended", async () => {
    const client = await signedIn(server, 0);
    for await (const { events } of client.chat.watchRoom({ roomId: room })) {
      assert.equal(events[0]?.payload.case, "hello");
      break;
    }
    await until("the server to see the end of it", () => server.calls("ChatService/WatchRoom") === 1);
  });
});
