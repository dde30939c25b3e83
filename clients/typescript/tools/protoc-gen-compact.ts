// Does what protoc-gen-es does, and writes the descriptors in its output as compact text: see src/descriptor.ts. A descriptor that
// does not survive the round trip through the text is refused, so nothing of the contract is lost. The reasons of errors become
// types, which cost no bytes: see reasons.ts.
import { clone, create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescFile } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, enumPrefix, typeNameOf } from "../src/descriptor.js";
import { reasonsOf, withoutReasons } from "./reasons.js";

const plugin = fileURLToPath(new URL("../node_modules/.bin/protoc-gen-es", import.meta.url));
const request = fromBinary(wkt.CodeGeneratorRequestSchema, readFileSync(0));
const reasons = reasonsOf(request);
const input = toBinary(wkt.CodeGeneratorRequestSchema, withoutReasons(request));
const { stdout, stderr, status } = spawnSync(plugin, { input, maxBuffer: 1 << 28 });
process.stderr.write(stderr);
if (status !== 0) {
  process.exit(status ?? 1);
}

/** The files that were described, by the names that the generated code has for them. */
const described = new Map<string, DescFile>();
for (const [name, value] of Object.entries(wkt)) {
  if (name.startsWith("file_")) {
    described.set(name, value as DescFile);
  }
}

const response = fromBinary(wkt.CodeGeneratorResponseSchema, stdout);
const pending = response.file.filter((file) => file.content.includes("fileDesc("));
// Each after those it imports.
while (pending.length > 0) {
  const next = pending.findIndex((file) => importsOf(file.content).every((name) => described.has(name)));
  const [file] = pending.splice(next, 1);
  if (next < 0 || file === undefined) {
    throw new Error(`these import each other: ${pending.map((f) => f.name).join(", ")}`);
  }
  file.content = compact(file.content);
}
response.file.push(...reasons.map((file) => create(wkt.CodeGeneratorResponse_FileSchema, file)));
process.stdout.write(toBinary(wkt.CodeGeneratorResponseSchema, response));

function importsOf(content: string): string[] {
  const [, list = ""] = /fileDesc\("[^"]*"(?:, \[([^\]]*)\])?\)/.exec(content) ?? [];
  return list.split(", ").filter((name) => name !== "");
}

function compact(content: string): string {
  const [call = "", base64 = ""] = /fileDesc\("([^"]*)"(?:, \[[^\]]*\])?\)/.exec(content) ?? [];
  const [, name = ""] = /export const (file_\w+): GenFile/.exec(content) ?? [];
  const names = importsOf(content);
  const imports = names.map((n) => described.get(n) as DescFile);
  const before = fileDesc(base64, imports);
  const text = write(before.proto);
  const after = describe(text, imports);
  check(before, after);
  described.set(name, before);
  const list = names.length === 0 ? "" : `, [${names.join(", ")}]`;
  return content
    .replace(call, () => `describe(\`${text}\`${list})`)
    .replace(
      /import \{([^}]*?)(, )?fileDesc(, )?([^}]*)\} from "@bufbuild\/protobuf\/codegenv2";/,
      (_, head: string, a = "", b = "", tail: string) => {
        const rest = `${head}${a !== "" && b !== "" ? ", " : ""}${tail}`;
        return `import {${rest}} from "@bufbuild/protobuf/codegenv2";\nimport { describe } from "../../../descriptor.js";`;
      },
    );
}

/** Fails unless the text says all that the descriptor does, but for what only other languages need. */
function check(before: DescFile, after: DescFile): void {
  const wanted = clone(wkt.FileDescriptorProtoSchema, before.proto);
  delete wanted.options;
  if (!equals(wkt.FileDescriptorProtoSchema, wanted, after.proto)) {
    throw new Error(`${before.proto.name} has something that src/descriptor.ts cannot describe yet`);
  }
}

function write(file: FileDescriptorProto): string {
  const prefix = `.${file.package}.`;
  const short = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name.slice(1));
  const lines = [file.name.replace(/\.proto$/, "")];
  for (const { name, value } of file.enumType) {
    let number = -1;
    // The first is UNSPECIFIED.
    const words = value.map((v) => {
      const word = v.name.slice(enumPrefix(name).length) + (v.number === number + 1 ? "" : `=${v.number}`);
      number = v.number;
      return word;
    });
    lines.push([`=${name}`, ...words.slice(1)].join(" "));
  }
  const messages = (list: readonly DescriptorProto[], outer: string) => {
    for (const message of list) {
      lines.push([outer + message.name, ...fields(message, short)].join(" "));
      const inner = message.nestedType.filter((nested) => nested.options?.mapEntry !== true);
      messages(inner, `${outer}${message.name}.`);
    }
  };
  messages(file.messageType, "");
  for (const { name, method } of file.service) {
    const words = method.map((m) => {
      const reads = m.options?.idempotencyLevel === wkt.MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
      return `${m.name}${reads ? "!" : ""}${m.serverStreaming ? "*" : ""}`;
    });
    lines.push(`/${name} ${words.join(" ")}`);
  }
  return lines.join("\n");
}

function fields(message: DescriptorProto, short: (name: string) => string): string[] {
  const words: string[] = [];
  let number = 0;
  let open: number | undefined;
  for (const field of message.field) {
    const oneof = hasOneof(field) ? field.oneofIndex : undefined;
    if (open !== undefined && oneof !== open) {
      words.push(")");
    }
    if (oneof !== undefined && oneof !== open) {
      words.push(`${message.oneofDecl[oneof]?.name}(`);
    }
    open = oneof;
    const map = message.nestedType.find((n) => n.options?.mapEntry === true && field.typeName.endsWith(`.${message.name}.${n.name}`));
    const [key, value] = map?.field ?? [];
    const type = key === undefined || value === undefined ? typeOf(field, short) : `{${typeOf(key, short)}${typeOf(value, short)}}`;
    const mark = field.proto3Optional ? "?" : map === undefined && field.label === wkt.FieldDescriptorProto_Label.REPEATED ? "*" : "";
    words.push(`${field.name}${type}${mark}${field.number === number + 1 ? "" : `=${field.number}`}`);
    number = field.number;
  }
  return open === undefined ? words : [...words, ")"];
}

/** Whether a field is in a oneof that somebody wrote. */
function hasOneof(field: FieldDescriptorProto): boolean {
  return !field.proto3Optional && Object.prototype.hasOwnProperty.call(field, "oneofIndex");
}

function typeOf(field: FieldDescriptorProto, short: (name: string) => string): string {
  const name = short(field.typeName);
  const type = name === typeNameOf(field.name) ? "" : name;
  switch (field.type) {
    case wkt.FieldDescriptorProto_Type.MESSAGE:
      return field.typeName === ".google.protobuf.Timestamp" ? "Z" : `.${type}`;
    case wkt.FieldDescriptorProto_Type.ENUM:
      return `:${type}`;
    default:
      return String.fromCharCode(64 + field.type);
  }
}
