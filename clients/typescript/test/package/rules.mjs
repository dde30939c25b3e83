// A program that checks a form before it is sent. It prints what protovalidate has found.
import { create, createRegistry } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { CreatePostRequestSchema } from "@dongbaejul/client/gen/dongbaejul/v1/posts_pb";
import { file_dongbaejul_v1_rules } from "@dongbaejul/client/gen/dongbaejul/v1/rules_pb";

const validator = createValidator({ registry: createRegistry(file_dongbaejul_v1_rules) });
const request = { title: "\u200b", content: "글".repeat(10_001), attachments: ["", "x".repeat(65)] };
const { violations = [] } = validator.validate(CreatePostRequestSchema, create(CreatePostRequestSchema, request));
const pathOf = (path) => path.map((p) => (p.kind === "field" ? `.${p.name}` : `[${p.index}]`)).join("").slice(1);
console.log(JSON.stringify({ request, violations: violations.map((v) => ({ field: pathOf(v.field), rule: v.ruleId })) }));
