import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AttachmentSchema, fromJson, MessageSchema, timestampFromDate, toJson } from "../src/index.js";
import type { MessageList } from "../src/index.js";

test("a snapshot comes back from its JSON as it was", () => {
  const message = create(MessageSchema, {
    ...{ id: "1", roomId: "2", seq: 9_007_199_254_740_993n, content: "안녕", createdAt: timestampFromDate(new Date()) },
    attachments: [create(AttachmentSchema, { fileId: "f", size: 5n })],
  });
  const view = { key: "1", message, mine: true, state: "sent" as const, unreadBy: 2 };
  const list: MessageList = { loaded: true, fromCache: false, loading: false, hasOlder: true, messages: [view] };
  const text = JSON.stringify(toJson(list));
  assert.deepEqual(fromJson<MessageList>(JSON.parse(text)), list);
  assert.throws(() => JSON.stringify(list), TypeError);
});

test("what JSON does not have comes back, too", () => {
  const values = [
    ...[null, true, "text", 1.5, NaN, -Infinity, 0n, -5n, [], {}, [[1n]]],
    ...[
      new Set(["a", 1n]),
      new Map<unknown, unknown>([
        ["a", 1n],
        [{ b: 2n }, new Set()],
      ]),
      new Uint8Array([0, 255]),
    ],
    ...[{ $type: "bigint", value: "5" }, { $type: { $type: 1n } }, { value: 1 }],
  ];
  for (const value of [...values, values]) {
    assert.deepEqual(fromJson(JSON.parse(JSON.stringify(toJson(value)))), value);
  }
  assert.deepEqual(toJson({ a: undefined, b: () => 1, c: [undefined] }), { c: [null] });
});
