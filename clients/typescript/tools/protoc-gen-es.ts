// Runs protoc-gen-es on the contract. The rules of protovalidate stay in the descriptors; only the imports of the files that declare
// these options are removed: validate.proto alone would be half as large as the client, and protovalidate brings its own. The
// reasons of errors become types, which cost no bytes: see reasons.ts. The lengths of texts become constants:
// see limits.ts.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { limitsOf } from "./limits.js";
import { reasonsOf, withoutReasons } from "./reasons.js";

/** What declares the rules. The second extends the first. */
const validate = "buf/validate/validate.proto";
const rules = "dongbaejul/v1/rules.proto";

const plugin = fileURLToPath(new URL("../node_modules/.bin/protoc-gen-es", import.meta.url));
const request = fromBinary(wkt.CodeGeneratorRequestSchema, readFileSync(0));
const more = [...reasonsOf(request), ...limitsOf(request)];
withoutReasons(request);
for (const file of [...request.protoFile, ...request.sourceFileDescriptors]) {
  if (file.name !== rules) {
    file.dependency = file.dependency.filter((name) => name !== validate && name !== rules);
  }
}
const input = toBinary(wkt.CodeGeneratorRequestSchema, request);
const { stdout, stderr, status } = spawnSync(plugin, { input, maxBuffer: 1 << 28 });
process.stderr.write(stderr);
if (status !== 0) {
  process.exit(status ?? 1);
}
const response = fromBinary(wkt.CodeGeneratorResponseSchema, stdout);
response.file.push(...more.map((file) => create(wkt.CodeGeneratorResponse_FileSchema, file)));
process.stdout.write(toBinary(wkt.CodeGeneratorResponseSchema, response));
