import assert from "node:assert/strict";
import { test } from "node:test";
import { Chaos } from "./support/chaos.js";
import { listen, numbered, openRoom, say, signedIn } from "./support/club.js";
import { Server } from "./support/server.js";
import { ways } from "./support/ways.js";

const cuts = 1_000;

for (const way of [ways[0], ways[5]]) {
  test(`${cuts} cuts in a row lose nothing and double nothing, by ${way?.name}`, async (t) => {
    assert.ok(way !== undefined);
    const server = await Server.start({ LOG_LEVEL: "warn" });
    const leader = await signedIn(server, "leader");
    const room = await openRoom(leader);
    const chaos = await Chaos.start(server.port);
    const { options, close } = way.open(chaos.url);
    const client = await signedIn(server, 0, options);
    const at = listen(client, { timing: { minDelayMs: 1, maxDelayMs: 4, helloMs: 5_000, stableMs: 1_000 } });
    await at.isOpen();
    // Anywhere: in the head of an answer, in the hello, in a message, between two.
    chaos.cutAfter = () => Math.floor(Math.random() * 3_000);
    chaos.cut();
    let n = 0;
    while (chaos.cuts <= cuts) {
      await say(leader, room, `메시지 ${++n}`);
      // What is missing comes in one frame, which must get through in the life of a connection.
      await at.has(n - 3);
    }
    chaos.cutAfter = undefined;
    chaos.delayMs = 20;
    chaos.cut();
    await say(leader, room, `메시지 ${++n}`);
    await at.has(n, 60_000);
    assert.deepEqual(at.contents(), numbered(n));
    const seqs = at.messages().map((m) => m.seq);
    assert.ok(
      seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? 0n)),
      "out of order",
    );
    await at.subscription.close();
    close();
    await chaos.close();
    t.diagnostic(`${chaos.cuts} cuts, ${n} messages`);
    assert.deepEqual(await server.stop(), { openStreams: 0 });
  });
}

test("a stream that is left open is seen by the way the others are found to be none", async () => {
  const server = await Server.start();
  const client = await signedIn(server, 0);
  const at = listen(client);
  await at.isOpen();
  assert.deepEqual(await server.stop(), { openStreams: 1 });
  await at.subscription.close();
});
