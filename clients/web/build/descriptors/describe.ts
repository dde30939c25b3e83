import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import { createFileRegistry } from "@bufbuild/protobuf";
import type { GenFile } from "@bufbuild/protobuf/codegenv2";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import type {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorProto,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

type Message = MessageInitShape<typeof DescriptorProtoSchema>;
type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type Enum = MessageInitShape<typeof EnumDescriptorProtoSchema>;
type Service = MessageInitShape<typeof ServiceDescriptorProtoSchema>;
/** Returns the whole name of a type. */
type Names = (name: string) => string;

// Of FieldDescriptorProto.Type and Label, and MethodOptions.IdempotencyLevel.
const typeString = 9;
const typeMessage = 11;
const typeEnum = 14;
const optional = 1;
const repeated = 3;
const noSideEffects = 1;

/**
 * Describes a file of the contract, as `fileDesc` of protobuf-es does, from text in place of base64: a third of it is left when it is
 * compressed, and neither base64 nor the descriptor of descriptors is needed to read it. compact.ts writes the text. Its format:
 *
 *     dongbaejul/v1/chat                           the file, in the package dongbaejul.v1
 *     =RoomType GLOBAL PRIVATE                     an enum: its values after UNSPECIFIED, without the prefix they share;
 *                                                  whole ones begin with a dot
 *     /ChatService ListRooms! WatchRoom*           a service: its methods; ! reads only, * streams
 *     Room id name type:RoomType created_atZ       a message: its fields, by name and type
 *     < after? limitE?                             a message: the request of the next method
 *     > rooms.Room* has_moreH                      a message: the response of that method
 *
 * Types are left out for strings, a letter for other scalars (A is the first of FieldDescriptorProto.Type), Z for a timestamp,
 * `.Message` or `:Enum`; those begin with a small letter if they are of another package, and are left out if they are the field's own
 * name: `skill_level:`. `*` is for repeated, `?` for optional, `{.Value}` for a map by strings, and `payload(` … `)` goes around the
 * fields of a oneof. Numbers follow each other unless `=7` says another. A message within another is `Outer.Inner`.
 */
export function describe(text: string, imports: readonly DescFile[] = []): GenFile {
  const dependency = imports.map((file) => file.proto.name);
  // As a message of protobuf-es has it, as far as a registry reads it.
  const root = {
    $typeName: "google.protobuf.FileDescriptorProto",
    extension: [],
    ...parse(text),
    dependency,
  } as unknown as FileDescriptorProto;
  return createFileRegistry(root, (name) => imports.find((file) => file.proto.name === name)).getFile(root.name) as GenFile;
}

/** Parses the text, imports left out. */
export function parse(text: string): MessageInitShape<typeof FileDescriptorProtoSchema> {
  const [path = "", ...lines] = text.split("\n");
  const pkg = path.replace(/\/\w+$/, "").replace(/\//g, ".");
  const full = (name: string) => (/^[a-z]/.test(name) ? `.${name}` : `.${pkg}.${name}`);
  const file = { messageType: [] as Message[], enumType: [] as Enum[], service: [] as Service[] };
  const nested: Record<string, Message[]> = {};
  const methods: string[] = [];
  for (const line of lines) {
    const [first = "", ...words] = line.split(" ");
    if (first.startsWith("=")) {
      file.enumType.push(parseEnum(first.slice(1), words));
    } else if (first.startsWith("/")) {
      methods.push(...words.map(methodName));
      file.service.push({ name: first.slice(1), method: words.map((word) => parseMethod(word, full)) });
    } else {
      const head = first === "<" ? `${methods[0]}Request` : first === ">" ? `${methods.shift()}Response` : first;
      const message = parseMessage(head, words, full);
      nested[head] = message.nestedType;
      (nested[head.replace(/\.?\w+$/, "")] ?? file.messageType).push(message);
    }
  }
  return { name: `${path}.proto`, package: pkg, syntax: "proto3", ...file };
}

function parseEnum(name: string, words: string[]): Enum {
  let number = -1;
  const value = (words[0]?.startsWith(".") ? words : ["UNSPECIFIED", ...words]).map((word) => {
    const [own = "", its = number + 1] = word.split("=");
    number = Number(its);
    return { name: own.startsWith(".") ? own.slice(1) : enumPrefix(name) + own, number };
  });
  return { name, value };
}

/** Returns the prefix that an enum's values share: ROOM_TYPE_ of RoomType. */
export function enumPrefix(name: string): string {
  return `${name.replace(/\B[A-Z]/g, "_$&").toUpperCase()}_`;
}

function methodName(word: string): string {
  return word.replace(/[!*]+/, "");
}

function parseMethod(word: string, full: Names) {
  const name = methodName(word);
  return {
    name,
    inputType: full(`${name}Request`),
    outputType: full(`${name}Response`),
    ...(word.includes("*") && { serverStreaming: true }),
    ...(word.includes("!") && { options: { idempotencyLevel: noSideEffects } as const }),
  };
}

function parseMessage(path: string, words: string[], full: Names) {
  const field: Field[] = [];
  const nestedType: Message[] = [];
  const oneofDecl: { name: string }[] = [];
  let oneof = {};
  let number = 0;
  for (const word of words) {
    const [, name = "", map, type = "", mark, its = number + 1] = /^(\w*?)({)?([A-Z]|[.:][\w.]*)?}?([*?()]?)(?:=(\d+))?$/.exec(word) ?? [];
    if (mark === "(" || mark === ")") {
      oneof = name && { oneofIndex: oneofDecl.push({ name }) - 1 };
      continue;
    }
    number = Number(its);
    if (map !== undefined) {
      const entry = typeNameOf(`${name}_entry`);
      nestedType.push({
        ...{ name: entry, nestedType: [], oneofDecl: [], enumType: [], extension: [], options: { mapEntry: true } },
        field: [fieldOf("key", "", 1, full), fieldOf("value", type, 2, full)],
      });
      field.push({ ...fieldOf(name, `.${path}.${entry}`, number, full), label: repeated });
    } else {
      field.push({
        ...fieldOf(name, type, number, full),
        ...oneof,
        ...(mark === "*" && { label: repeated }),
        ...(mark === "?" && { proto3Optional: true }),
      });
    }
  }
  // The oneofs that stand for optional fields come after the others.
  for (const made of field) {
    if (made.proto3Optional) made.oneofIndex = oneofDecl.push({ name: `_${made.name}` }) - 1;
  }
  return { name: path.replace(/.*\./, ""), field, nestedType, oneofDecl, enumType: [], extension: [] };
}

function fieldOf(name: string, type: string, number: number, full: Names): Field {
  const own = type.slice(1) || typeNameOf(name);
  const named = type === "Z" ? { typeName: ".google.protobuf.Timestamp" } : /^[.:]/.test(type) && { typeName: full(own) };
  const code = named ? (type.startsWith(":") ? typeEnum : typeMessage) : type ? type.charCodeAt(0) - 64 : typeString;
  return { name, jsonName: protoCamelCase(name), number, label: optional, type: code, ...named } as Field;
}

/** Returns the name of a type that is called like a field: SkillLevel of skill_level. */
export function typeNameOf(field: string): string {
  return protoCamelCase(`_${field}`);
}
