// Writes the greatest lengths of texts as constants: a form wants the number, and for that neither protovalidate nor the descriptors.
import { create, createFileRegistry, getExtension } from "@bufbuild/protobuf";
import type { DescField } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { CodeGeneratorRequest } from "@bufbuild/protobuf/wkt";

/** As far as it is read here. */
interface FieldRules {
  readonly type: { readonly case?: string; readonly value?: { readonly maxLen?: bigint } };
}

/** Returns the file of the limits of each request, if the request to generate is for the contract. */
export function limitsOf(request: CodeGeneratorRequest): { name: string; content: string }[] {
  const registry = createFileRegistry(create(wkt.FileDescriptorSetSchema, { file: request.protoFile }));
  const rules = registry.getExtension("buf.validate.field");
  if (rules === undefined) {
    return [];
  }
  const maxLength = (field: DescField): string[] => {
    const { type } = (field.proto.options ? getExtension(field.proto.options, rules) : { type: {} }) as FieldRules;
    const max = type.case === "string" ? type.value?.maxLen : undefined;
    return max ? [`${field.localName}: ${max}`] : [];
  };
  const constants = [...registry]
    .filter((type) => type.kind === "message" && type.name.endsWith("Request") && request.fileToGenerate.includes(`${type.file.name}.proto`))
    .flatMap((type) => {
      const fields = type.kind === "message" ? type.fields.flatMap(maxLength) : [];
      return fields.length > 0 ? [`export const ${type.name}Limits = { ${fields.join(", ")} } as const;`] : [];
    })
    .sort();
  if (constants.length === 0) {
    return [];
  }
  const content = `// @generated from the rules string.max_len of dongbaejul.v1

// How many characters each text of a request may have at most.

${constants.join("\n")}
`;
  return [{ name: "dongbaejul/v1/limits.ts", content }];
}
