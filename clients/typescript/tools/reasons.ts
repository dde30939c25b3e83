// Writes the enum ErrorReason as types, and takes it out of the generated code, where its descriptor would cost bytes in every page.
import { create, createFileRegistry, getExtension } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { CodeGeneratorRequest, EnumValueDescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";

const common = "dongbaejul/v1/common.proto";
/** What declares the option that the values of the enum have. */
const option = "dongbaejul/v1/errors.proto";
const enumName = "ErrorReason";
const prefix = "ERROR_REASON_";
/** The number of the field enum_type in FileDescriptorProto, with which the paths of its comments begin. */
const enumType = 5;

/** Returns the file of the reasons by code, where the request is for the contract. */
export function reasonsOf(request: CodeGeneratorRequest): { name: string; content: string }[] {
  if (!request.fileToGenerate.includes(common)) {
    return [];
  }
  const codeOf = ruleReader(request);
  const byCode = new Map<number, string[]>();
  for (const value of request.protoFile.find((file) => file.name === common)?.enumType.find((e) => e.name === enumName)?.value ?? []) {
    if (value.number !== 0) {
      const code = codeOf(value);
      byCode.set(code, [...(byCode.get(code) ?? []), value.name.slice(prefix.length)]);
    }
  }
  const lines = [...byCode]
    .sort(([a], [b]) => a - b)
    .map(([code, names]) => `  ${snake(Code[code] ?? "")}:${names.sort().map((name) => `\n    | "${name}"`).join("")};`);
  const content = `// @generated from the enum dongbaejul.v1.${enumName}

/** The server's reasons for an error by its code: what each means is said in common.proto. A newer server may have others. */
export interface ReasonsByCode {
${lines.join("\n")}
}
`;
  return [{ name: "dongbaejul/v1/reasons.ts", content }];
}

/** Reads the code of a reason, which has the same number in google.rpc and in Connect. */
function ruleReader(request: CodeGeneratorRequest): (value: EnumValueDescriptorProto) => number {
  const registry = createFileRegistry(create(wkt.FileDescriptorSetSchema, { file: request.protoFile }));
  const rule = registry.getExtension("dongbaejul.v1.error");
  return (value) => {
    const code = rule && value.options && (getExtension(value.options, rule) as { code?: number }).code;
    if (!code) {
      throw new Error(`${value.name} has no code`);
    }
    return code;
  };
}

function snake(name: string): string {
  return name.replace(/\B[A-Z]/g, "_$&").toLowerCase();
}

/** Returns the request without the enum and what describes it. */
export function withoutReasons(request: CodeGeneratorRequest): CodeGeneratorRequest {
  request.fileToGenerate = request.fileToGenerate.filter((name) => name !== option);
  request.protoFile = request.protoFile.filter((file) => file.name !== option);
  for (const file of [...request.protoFile, ...request.sourceFileDescriptors]) {
    file.dependency = file.dependency.filter((name) => name !== option);
    if (file.name === common) {
      removeEnum(file);
    }
  }
  request.sourceFileDescriptors = request.sourceFileDescriptors.filter((file) => file.name !== option);
  return request;
}

/** Takes the enum out of a file; the comments of the enums after it stay with them. */
function removeEnum(file: FileDescriptorProto): void {
  const index = file.enumType.findIndex((e) => e.name === enumName);
  if (index < 0) {
    return;
  }
  file.enumType.splice(index, 1);
  const info = file.sourceCodeInfo;
  if (info === undefined) {
    return;
  }
  info.location = info.location.filter(({ path: [field, i] }) => field !== enumType || i !== index);
  for (const { path } of info.location) {
    const [field, i = 0] = path;
    if (field === enumType && i > index) {
      path[1] = i - 1;
    }
  }
}
