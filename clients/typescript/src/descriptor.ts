import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import type { GenFile } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

type Message = MessageInitShape<typeof DescriptorProtoSchema>;
type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type Enum = MessageInitShape<typeof EnumDescriptorProtoSchema>;
type Service = MessageInitShape<typeof ServiceDescriptorProtoSchema>;
/** Gives the whole name of a type. */
type Names = (name: string) => string;

// Of FieldDescriptorProto.Type and Label, and MethodOptions.IdempotencyLevel.
const typeMessage = 11;
const typeEnum = 14;
const optional = 1;
const repeated = 3;
const noSideEffects = 1;

/**
 * Describes a file of the contract, as `fileDesc` does, from text in place of base64: a third of it is left when it is compressed.
 * tools/protoc-gen-compact.ts writes the text. Its format:
 *
 *     dongbaejul/v1/chat                            the file, in the package dongbaejul.v1
 *     =RoomType GLOBAL PRIVATE                      an enum: its values after UNSPECIFIED, without the prefix they share
 *     Room idI nameI type:RoomType created_atZ      a message: its fields, by name and type
 *     /ChatService ListRooms! WatchRoom*            a service: its methods; ! reads only, * streams
 *
 * Types are a letter for a scalar (A is the first of FieldDescriptorProto.Type), Z for a timestamp, `.Message` or `:Enum`; those begin
 * with a small letter where they are of another package, and are left out where they are the field's own name: `skill_level:`. `*` is for repeated, `?` for optional, `{I.Value}` for a map, and `payload(` …
 * `)` goes around the fields of a oneof. Numbers follow each other but where `=7` says so. A message within another is `Outer.Inner`.
 */
export function describe(text: string, imports: readonly DescFile[] = []): GenFile {
  const root = create(FileDescriptorProtoSchema, parse(text));
  root.dependency = imports.map((file) => file.proto.name);
  return createFileRegistry(root, (name) => imports.find((file) => file.proto.name === name)).getFile(root.name) as GenFile;
}

function parse(text: string): MessageInitShape<typeof FileDescriptorProtoSchema> {
  const [path = "", ...lines] = text.split("\n");
  const pkg = path.replace(/\/\w+$/, "").replace(/\//g, ".");
  const full = (name: string) => (/^[a-z]/.test(name) ? `.${name}` : `.${pkg}.${name}`);
  const file = { messageType: [] as Message[], enumType: [] as Enum[], service: [] as Service[] };
  const inner: Record<string, Message[]> = {};
  for (const line of lines) {
    const [head = "", ...words] = line.split(" ");
    if (head.startsWith("=")) {
      file.enumType.push(parseEnum(head.slice(1), words));
    } else if (head.startsWith("/")) {
      file.service.push(parseService(head.slice(1), words, full));
    } else {
      const path = head.split(".");
      const message = parseMessage(path.pop() ?? "", words, full(head), full);
      inner[head] = message.nestedType;
      (inner[path.join(".")] ?? file.messageType).push(message);
    }
  }
  return { name: `${path}.proto`, package: pkg, syntax: "proto3", ...file };
}

/** Gives an item and its number: the next one, unless it has its own. */
function numbered(word: string, last: number): [item: string, number: number] {
  const [item = "", number = last + 1] = word.split("=");
  return [item, Number(number)];
}

function parseEnum(name: string, words: string[]): Enum {
  let number = -1;
  const value = ["UNSPECIFIED", ...words].map((word) => {
    const [own, its] = numbered(word, number);
    number = its;
    return { name: enumPrefix(name) + own, number };
  });
  return { name, value };
}

/** The prefix that an enum's values share: ROOM_TYPE_ of RoomType. */
export function enumPrefix(name: string): string {
  return `${name.replace(/\B[A-Z]/g, "_$&").toUpperCase()}_`;
}

function parseService(name: string, words: string[], full: Names): Service {
  const method = words.map((word) => {
    const [own = ""] = word.split(/[!*]/);
    return {
      name: own,
      inputType: full(`${own}Request`),
      outputType: full(`${own}Response`),
      ...(word.includes("*") ? { serverStreaming: true } : {}),
      ...(word.includes("!") ? { options: { idempotencyLevel: noSideEffects } } : {}),
    };
  });
  return { name, method };
}

function parseMessage(name: string, words: string[], fullName: string, full: Names) {
  const field: Field[] = [];
  const nestedType: Message[] = [];
  const oneofDecl: { name: string }[] = [];
  const optionals: Field[] = [];
  let oneof = {};
  let number = 0;
  for (const word of words) {
    if (word === ")") {
      oneof = {};
    } else if (word.endsWith("(")) {
      oneof = { oneofIndex: oneofDecl.push({ name: word.slice(0, -1) }) - 1 };
    } else {
      const [item, its] = numbered(word, number);
      const [, own = "", type = "", mark] = /^([a-z0-9_]+)(.+?)([*?]?)$/.exec(item) ?? [];
      number = its;
      const [, key, value = ""] = /^{(.)(.+)}$/.exec(type) ?? [];
      if (key !== undefined) {
        const entry = typeNameOf(`${own}_entry`);
        const fields = [fieldOf("key", key, 1, optional, full), fieldOf("value", value, 2, optional, full)];
        nestedType.push({ name: entry, field: fields, options: { mapEntry: true } });
        field.push({ ...fieldOf(own, "", number, repeated, full), type: typeMessage, typeName: `${fullName}.${entry}` });
        continue;
      }
      const made: Field = { ...fieldOf(own, type, number, mark === "*" ? repeated : optional, full), ...oneof };
      field.push(made);
      if (mark === "?") {
        made.proto3Optional = true;
        optionals.push(made);
      }
    }
  }
  // The oneofs that stand for optional fields come after the others.
  optionals.forEach((made) => (made.oneofIndex = oneofDecl.push({ name: `_${made.name}` }) - 1));
  return { name, field, nestedType, oneofDecl };
}

function fieldOf(name: string, type: string, number: number, label: number, full: Names): Field {
  const typeName =
    type === "Z" ? ".google.protobuf.Timestamp" : /^[.:]/.test(type) ? full(type.slice(1) || typeNameOf(name)) : undefined;
  const code = typeName === undefined ? type.charCodeAt(0) - 64 : type.startsWith(":") ? typeEnum : typeMessage;
  return { name, jsonName: jsonName(name), number, label, type: code, typeName } as Field;
}

/** The name of a type that is called like a field: SkillLevel of skill_level. */
export function typeNameOf(field: string): string {
  return jsonName(`_${field}`);
}

function jsonName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
