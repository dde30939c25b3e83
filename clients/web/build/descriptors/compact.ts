import { clone, create, equals, fromBinary } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import { base64Decode } from "@bufbuild/protobuf/wire";
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import * as wkt from "@bufbuild/protobuf/wkt";
import { enumPrefix, parse, typeNameOf } from "./describe.ts";

/** The modules that are made small: the generated code of the contract, in the package, and of what it imports. */
export const generated =
  /\/gen\/(?:dongbaejul\/v1|google\/rpc)\/\w+_pb\.js$|\/wkt\/google\/protobuf\/(?:any|duration|empty|field_mask|struct|timestamp|wrappers)_pb\.js$/;

/**
 * Writes the descriptor in a generated module as compact text: see describe.ts, which the module then imports as `runtime`. What
 * programs in a browser do not read is left out: the options of files and the rules of protovalidate. A descriptor that does not
 * survive the round trip through the text is refused, so nothing else of the contract is lost.
 */
export function compact(code: string, runtime: string): string {
  const [call, base64 = "", list = ""] = /\bfileDesc\("([^"]*)"((?:, \[[^\]]*\])?)\)/.exec(code) ?? [];
  if (call === undefined) throw new Error("a generated module has no descriptor");
  const file = readable(fromBinary(wkt.FileDescriptorProtoSchema, base64Decode(base64)));
  // The rules that the contract adds to protovalidate's: programs that load them load protovalidate, too.
  if (file.extension.length > 0) return code;
  const text = write(file);
  const read = create(wkt.FileDescriptorProtoSchema, { ...parse(text), dependency: file.dependency });
  if (!equals(wkt.FileDescriptorProtoSchema, file, read)) {
    throw new Error(`${file.name} has something that describe.ts cannot describe yet`);
  }
  return `import { describe } from ${JSON.stringify(runtime)};\n${code.replace(call, () => `describe(${JSON.stringify(text)}${list})`)}`;
}

/** Returns a descriptor without what is left out, and with the JSON names that protobuf-es adds when it reads one. */
function readable(original: FileDescriptorProto): FileDescriptorProto {
  const file = clone(wkt.FileDescriptorProtoSchema, original);
  delete file.options;
  const messages = [...file.messageType];
  for (let message = messages.pop(); message !== undefined; message = messages.pop()) {
    messages.push(...message.nestedType);
    if (message.options?.mapEntry !== true) delete message.options;
    for (const oneof of message.oneofDecl) delete oneof.options;
    for (const field of message.field) {
      delete field.options;
      field.jsonName ||= protoCamelCase(field.name);
    }
  }
  return file;
}

function write(file: FileDescriptorProto): string {
  const prefix = `.${file.package}.`;
  const short = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name.slice(1));
  const lines = [file.name.replace(/\.proto$/, "")];
  for (const { name, value } of file.enumType) {
    let number = -1;
    const prefix = enumPrefix(name);
    const words = value.map((v) => {
      const own = v.name.startsWith(prefix) ? v.name.slice(prefix.length) : `.${v.name}`;
      const word = own + (v.number === number + 1 ? "" : `=${v.number}`);
      number = v.number;
      return word;
    });
    if (words[0] === "UNSPECIFIED") words.shift();
    lines.push([`=${name}`, ...words].join(" "));
  }
  const methods: string[] = [];
  for (const { name, method } of file.service) {
    const words = method.map((m) => {
      const reads = m.options?.idempotencyLevel === wkt.MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
      return `${m.name}${reads ? "!" : ""}${m.serverStreaming ? "*" : ""}`;
    });
    lines.push(`/${name} ${words.join(" ")}`);
    methods.push(...method.map((m) => m.name));
  }
  const messages = (list: readonly DescriptorProto[], outer: string) => {
    for (const message of list) {
      const head = outer + message.name;
      const mark = head === `${methods[0]}Request` ? "<" : head === `${methods[0]}Response` ? ">" : head;
      if (mark === ">") methods.shift();
      lines.push([mark, ...fields(message, short)].join(" "));
      const inner = message.nestedType.filter((nested) => nested.options?.mapEntry !== true);
      messages(inner, `${head}.`);
    }
  };
  messages(file.messageType, "");
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
    const value = map?.field[1];
    const type = value === undefined ? typeOf(field, short) : `{${typeOf(value, short)}}`;
    const mark = field.proto3Optional ? "?" : map === undefined && field.label === wkt.FieldDescriptorProto_Label.REPEATED ? "*" : "";
    words.push(`${field.name}${type}${mark}${field.number === number + 1 ? "" : `=${field.number}`}`);
    number = field.number;
  }
  return open === undefined ? words : [...words, ")"];
}

/** Reports whether a field is in a oneof of the contract. */
function hasOneof(field: FieldDescriptorProto): boolean {
  return !field.proto3Optional && Object.hasOwn(field, "oneofIndex");
}

function typeOf(field: FieldDescriptorProto, short: (name: string) => string): string {
  const name = short(field.typeName);
  const type = name === typeNameOf(field.name) ? "" : name;
  switch (field.type) {
    case wkt.FieldDescriptorProto_Type.MESSAGE:
      return field.typeName === ".google.protobuf.Timestamp" ? "Z" : `.${type}`;
    case wkt.FieldDescriptorProto_Type.ENUM:
      return `:${type}`;
    case wkt.FieldDescriptorProto_Type.STRING:
      return "";
    default:
      return String.fromCharCode(64 + field.type);
  }
}
