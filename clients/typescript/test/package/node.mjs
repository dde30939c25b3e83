// Programs on the package in Node find the same in it by both of its forms, and a service's file alone.
import * as esm from "@dongbaejul/client";
import * as hooks from "@dongbaejul/client/react";
import { ChatService } from "@dongbaejul/client/gen/dongbaejul/v1/chat_pb";
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const cjs = require("@dongbaejul/client");
assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort());
assert.deepEqual(Object.keys(require("@dongbaejul/client/react")).sort(), Object.keys(hooks).sort());
assert.equal(ChatService, esm.ChatService);
assert.equal(require("@dongbaejul/client/gen/dongbaejul/v1/chat_pb").ChatService, cjs.ChatService);
assert.equal(cjs.faultOf(new Error("a mistake")).kind, "internal");
