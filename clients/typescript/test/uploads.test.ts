import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { UploadPurpose } from "../src/index.js";
import type { Client, Fault, Fetch } from "../src/index.js";
import { openRoom, signedIn } from "./support/club.js";
import { png } from "./support/pictures.js";
import { Server } from "./support/server.js";
import { until } from "./support/wait.js";

const purpose = UploadPurpose.CHAT;

/** Returns why an upload failed. */
async function faultOf(client: Client, upload: Promise<unknown>): Promise<Fault> {
  const error: unknown = await upload.then(
    () => assert.fail("the upload succeeded"),
    (e: unknown) => e,
  );
  return client.fault(error);
}

/** A fetch of which the next PUTs can fail, with the bytes at the server or not, and which counts calls. */
function trickyFetch() {
  const tricky = {
    calls: [] as string[],
    next: [] as ("lost request" | "lost answer" | "expired" | "unavailable")[],
    fetch: (async (url: string, init: RequestInit) => {
      const isPut = init.method === "PUT";
      tricky.calls.push(isPut ? "PUT" : url.slice(url.lastIndexOf("/") + 1));
      const next = isPut ? tricky.next.shift() : undefined;
      switch (next) {
        case "lost request":
          throw new TypeError("fetch failed");
        case "expired":
          // As an S3 answers.
          return new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
        case "unavailable":
          return new Response("<html>502 Bad Gateway</html>", { status: 502 });
      }
      const response = await fetch(url, init);
      if (next === "lost answer") {
        await response.arrayBuffer();
        throw new TypeError("terminated");
      }
      return response;
    }) as Fetch,
  };
  return tricky;
}

describe("uploads", () => {
  let server: Server;
  let leader: Client;
  before(async () => {
    server = await Server.start();
    leader = await signedIn(server, "leader");
  });
  after(() => server.stop());

  test("uploads a picture that a message can attach", async () => {
    const file = png(20, 10);
    const progress: number[][] = [];
    const uploaded = await leader.uploads.put(file, { purpose, name: "단체사진.png", onProgress: (...p) => void progress.push(p) });
    assert.deepEqual([uploaded.name, uploaded.width, uploaded.height, uploaded.contentType], ["단체사진.png", 20, 10, "image/png"]);
    assert.deepEqual(progress, [
      [0, file.size],
      [file.size, file.size],
    ]);
    const roomId = await openRoom(leader);
    const { message } = await leader.chat.sendMessage({ roomId, tempId: "1", content: "", attachments: [uploaded.fileId] });
    assert.deepEqual(message?.attachments, [uploaded]);
    assert.equal((await fetch(uploaded.url)).headers.get("content-type"), "image/png");
  });

  test("takes the name of a file, as the contract has names", async () => {
    const member = await signedIn(server, 0);
    const file = new File([png()], "가\u0000나\u202e.png", { type: "" });
    assert.equal((await member.uploads.put(file, { purpose })).name, "가 나 .png");
  });

  test("refuses before anything is sent what the server would not take", async () => {
    const tricky = trickyFetch();
    const member = await signedIn(server, 1, { fetch: tricky.fetch });
    tricky.calls = [];
    const cases = [
      [new Blob(["<svg/>"], { type: "image/svg+xml" }), "PICTURE_UNSUPPORTED"],
      [new File(["HEIC"], "IMG_1.HEIC"), "PICTURE_UNSUPPORTED"],
      [new Blob(["?"]), "PICTURE_UNSUPPORTED"],
      [new Blob([], { type: "image/png" }), "PICTURE_DAMAGED"],
      [new Blob([new Uint8Array(10 * 1024 * 1024 + 1)], { type: "image/png" }), "PICTURE_TOO_LARGE"],
    ] as const;
    for (const [file, reason] of cases) {
      const fault = await faultOf(member, member.uploads.put(file, { purpose }));
      assert.deepEqual([fault.kind, fault.reason], ["invalid", reason]);
      assert.match(fault.message, /[가-힣]/);
    }
    assert.deepEqual(tricky.calls, []);
  });

  test("says what the server says of the bytes", async () => {
    const member = await signedIn(server, 1);
    const wrong = await faultOf(member, member.uploads.put(png().slice(0, undefined, "image/jpeg"), { purpose }));
    assert.deepEqual([wrong.reason, wrong.metadata["found"]], ["UPLOAD_TYPE_MISMATCH", "image/png"]);
    const half = png(30, 30);
    const damaged = await faultOf(member, member.uploads.put(half.slice(0, half.size / 2, "image/png"), { purpose }));
    assert.equal(damaged.reason, "PICTURE_DAMAGED");
  });

  test("repeats what fails in passing, and sends nothing twice that has arrived", async () => {
    const tricky = trickyFetch();
    const member = await signedIn(server, 2, { fetch: tricky.fetch });
    tricky.calls = [];
    tricky.next = ["lost request", "unavailable", "lost answer"];
    assert.equal((await member.uploads.put(png(9, 7), { purpose })).width, 9);
    assert.deepEqual(tricky.calls, ["CreateUpload", "PUT", "PUT", "PUT", "PUT", "CompleteUpload"]);
  });

  test("gives up after a few tries, as a fault of the connection", async () => {
    const tricky = trickyFetch();
    const member = await signedIn(server, 2, { fetch: tricky.fetch });
    tricky.calls = [];
    tricky.next = Array.from({ length: 9 }, () => "lost request" as const);
    assert.equal((await faultOf(member, member.uploads.put(png(), { purpose }))).kind, "offline");
    assert.deepEqual(tricky.calls, ["CreateUpload", "PUT", "PUT", "PUT", "PUT"]);
  });

  test("asks for another URL if it has expired, once", async () => {
    const tricky = trickyFetch();
    const member = await signedIn(server, 3, { fetch: tricky.fetch });
    tricky.calls = [];
    tricky.next = ["expired"];
    assert.equal((await member.uploads.put(png(5, 5), { purpose })).width, 5);
    assert.deepEqual(tricky.calls, ["CreateUpload", "PUT", "CompleteUpload", "CreateUpload", "PUT", "CompleteUpload"]);
    tricky.next = ["expired", "expired"];
    assert.equal((await faultOf(member, member.uploads.put(png(), { purpose }))).kind, "denied");
  });

  test("says when the eleventh upload of an hour may be made, at once", async () => {
    const member = await signedIn(server, 4);
    for (let i = 0; i < 10; i++) {
      await member.uploads.put(png(), { purpose });
    }
    const began = Date.now();
    const fault = await faultOf(member, member.uploads.put(png(), { purpose }));
    assert.deepEqual([fault.kind, fault.reason], ["exhausted", "TOO_MANY_UPLOADS"]);
    assert.ok((fault.retryAfterMs ?? 0) > 60_000 && Date.now() - began < 5_000);
  });

  test("leaves nothing running when it is aborted", async () => {
    // A server that takes the bytes and does not answer.
    let open = 0;
    const silent = createServer((request, response) => {
      open++;
      request.resume();
      response.on("close", () => open--);
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const member = await signedIn(server, 5, {
      fetch: (url: string, init: RequestInit) => fetch(init.method === "PUT" ? `http://127.0.0.1:${port}/` : url, init),
    });
    const abort = new AbortController();
    const upload = faultOf(member, member.uploads.put(png(), { purpose, signal: abort.signal }));
    await until("the bytes to be sent", () => open === 1);
    abort.abort();
    assert.equal((await upload).kind, "canceled");
    await until("the request to be closed", () => open === 0);
    const before = await faultOf(member, member.uploads.put(png(), { purpose, signal: abort.signal }));
    assert.equal(before.kind, "canceled");
    silent.close();
  });
});
