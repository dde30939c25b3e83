import { OptionDefaults } from "typedoc";

export default {
  name: "@dongbaejul/client",
  entryPoints: ["index", "react/index", "expo/index", "expo/firebase/index", "offline/index"].map((name) => `../../src/${name}.ts`),
  tsconfig: "../../tsconfig.json",
  readme: "../../README.md",
  out: "../../../../docs/typescript",
  // Where a message of the contract comes from, its own comment says.
  blockTags: [...OptionDefaults.blockTags, "@generated"],
  excludeTags: [...OptionDefaults.excludeTags, "@generated"],
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  intentionallyNotExported: ["OneOf", "Payload", "FaultBase"],
  // The README links to the repository's folders.
  validation: { invalidPath: false },
  treatWarningsAsErrors: true,
};
