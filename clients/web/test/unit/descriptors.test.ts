import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import * as chat from "@dongbaejul/client/gen/dongbaejul/v1/chat_pb";
import { compact, generated } from "../../build/descriptors/compact.ts";
import { describe } from "../../build/descriptors/describe.ts";

const gen = new URL("../../../typescript/src/gen/", import.meta.url);

test("every descriptor of the contract becomes a text that says the same", () => {
  const files = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((name) => generated.test(`/gen/${name}`));
  assert.ok(files.length >= 10, files.join());
  for (const name of files) {
    const code = readFileSync(new URL(name, gen), "utf8");
    const small = compact(code, "describe");
    assert.equal(small.includes("fileDesc("), name.endsWith("rules_pb.ts"), name);
  }
});

test("what a text describes is what the generated code has", () => {
  const code = compact(readFileSync(new URL("dongbaejul/v1/chat_pb.ts", gen), "utf8"), "describe");
  const [, text = ""] = /describe\(("(?:[^"\\]|\\.)*")/.exec(code) ?? [];
  const file = describe(JSON.parse(text), chat.file_dongbaejul_v1_chat.dependencies);
  const names = (of: typeof file) => of.messages.map((m) => [m.typeName, m.fields.map((f) => [f.name, f.jsonName, f.number, String(f)])]);
  assert.deepEqual(names(file), names(chat.file_dongbaejul_v1_chat));
  assert.deepEqual(
    file.services.map((s) => s.methods.map((m) => [m.name, m.methodKind, m.idempotency, m.input.typeName, m.output.typeName])),
    chat.file_dongbaejul_v1_chat.services.map((s) =>
      s.methods.map((m) => [m.name, m.methodKind, m.idempotency, m.input.typeName, m.output.typeName]),
    ),
  );
});

test("a descriptor that the text cannot say is refused", () => {
  const file = create(FileDescriptorProtoSchema, {
    name: "dongbaejul/v1/odd.proto",
    package: "dongbaejul.v1",
    syntax: "proto3",
    messageType: [{ name: "Odd", reservedName: ["old"] }],
  });
  const code = `export const file_odd = /*@__PURE__*/ fileDesc("${base64Encode(toBinary(FileDescriptorProtoSchema, file))}");`;
  assert.throws(() => compact(code, "describe"), /odd\.proto has something/);
  assert.throws(() => compact("export {};", "describe"), /no descriptor/);
});
