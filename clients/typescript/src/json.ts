import type { JsonValue } from "@bufbuild/protobuf";

/** The field that marks values of types that JSON does not have. */
const tag = "$type";

/**
 * Returns a snapshot, a message or a list of them as JSON, to be stored: bigints, bytes, sets and maps included, which JSON.stringify
 * refuses or drops. `fromJson` reads it again. Functions and undefined fields are left out.
 */
export function toJson(value: unknown): JsonValue {
  if (typeof value === "bigint") {
    return { [tag]: "bigint", value: String(value) };
  }
  if (typeof value !== "object" || value === null) {
    return typeof value === "number" && !Number.isFinite(value) ? { [tag]: "number", value: String(value) } : (value as JsonValue);
  }
  if (value instanceof Uint8Array || value instanceof Set) {
    return { [tag]: value instanceof Set ? "set" : "bytes", value: [...(value as Iterable<unknown>)].map(toJson) };
  }
  if (value instanceof Map) {
    return { [tag]: "map", value: [...value].map(toJson) };
  }
  if (Array.isArray(value)) {
    return value.map((item) => (item === undefined ? null : toJson(item)));
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== "function");
  const json = Object.fromEntries(fields.map(([key, field]) => [key, toJson(field)]));
  return tag in value ? { [tag]: "object", value: json } : json;
}

/** Returns the value that `toJson` was called with. The type is not checked, so the text must come from `toJson`. */
export function fromJson<T>(json: JsonValue): T {
  return revive(json) as T;
}

function revive(json: JsonValue): unknown {
  if (typeof json !== "object" || json === null) {
    return json;
  }
  if (Array.isArray(json)) {
    return json.map(revive);
  }
  const { value } = json;
  switch (json[tag]) {
    case "bigint":
      return BigInt(value as string);
    case "number":
      return Number(value);
    case "bytes":
      return Uint8Array.from(value as number[]);
    case "set":
      return new Set((value as JsonValue[]).map(revive));
    case "map":
      return new Map(revive(value as JsonValue) as [unknown, unknown][]);
    case "object":
      return reviveFields(value as { [key: string]: JsonValue });
    default:
      return reviveFields(json);
  }
}

function reviveFields(json: { [key: string]: JsonValue }): object {
  return Object.fromEntries(Object.entries(json).map(([key, field]) => [key, revive(field)]));
}
