import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { create, type DescField, type DescFile, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import { compact, generated } from "../../build/descriptors/compact.ts";
import { describe } from "../../build/descriptors/describe.ts";

const gen = new URL("../../node_modules/@dongbaejul/client/dist/esm/gen/", import.meta.url);

test("every descriptor of the contract becomes a text that says the same", () => {
  const files = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((name) => generated.test(`/gen/${name}`));
  assert.ok(files.length >= 10, files.join());
  for (const name of files) {
    const code = readFileSync(new URL(name, gen), "utf8");
    const small = compact(code, "describe");
    assert.equal(small.includes("fileDesc("), name.endsWith("rules_pb.js"), name);
  }
});

test("what a text describes is what the generated code has", async () => {
  const names = ["auth", "chat", "common", "events", "games", "notifications", "photos", "posts", "streams", "users"];
  for (const name of names) {
    const module = (await import(`@dongbaejul/client/gen/dongbaejul/v1/${name}_pb`)) as Record<string, DescFile>;
    const standard = module[`file_dongbaejul_v1_${name}`];
    assert.ok(standard !== undefined, name);
    const code = compact(readFileSync(new URL(`dongbaejul/v1/${name}_pb.js`, gen), "utf8"), "describe");
    assert.deepEqual(facts(describe(textOf(code), standard.dependencies)), facts(standard));
  }
});

test("so is what protobuf-es has of its own types", () => {
  const files = [file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_struct, file_google_protobuf_timestamp];
  for (const standard of files) {
    const text = textOf(compact(`fileDesc("${base64Encode(toBinary(FileDescriptorProtoSchema, standard.proto))}")`, "describe"));
    assert.deepEqual(facts(describe(text)), facts(standard));
  }
});

function textOf(code: string): string {
  const [, text = '""'] = /describe\(("(?:[^"\\]|\\.)*")/.exec(code) ?? [];
  return JSON.parse(text) as string;
}

/** Returns what programs read of a file. */
function facts(file: DescFile): unknown {
  const messages = (list: readonly DescMessage[]): unknown =>
    list.map((m) => [m.typeName, m.fields.map(fieldFacts), m.oneofs.map((o) => o.localName), messages(m.nestedMessages)]);
  return {
    name: file.name,
    messages: messages(file.messages),
    enums: file.enums.map((e) => [e.typeName, e.open, e.values.map((v) => [v.name, v.localName, v.number])]),
    services: file.services.map((s) => [
      s.typeName,
      s.methods.map((m) => [m.name, m.localName, m.methodKind, m.idempotency, m.input.typeName, m.output.typeName]),
    ]),
  };
}

function fieldFacts(field: DescField): unknown {
  const {
    name,
    localName,
    jsonName,
    number,
    fieldKind,
    presence,
    oneof,
    message,
    enum: of,
    scalar,
    listKind,
    mapKind,
    mapKey,
  } = field as DescField & Record<string, unknown>;
  return [
    name,
    localName,
    jsonName,
    number,
    fieldKind,
    presence,
    oneof?.name,
    message?.typeName,
    of?.typeName,
    scalar,
    listKind,
    mapKind,
    mapKey,
  ];
}

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
