import { fromJson, toJson } from "@bufbuild/protobuf";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Fault } from "../errors.js";
import { GameSchema } from "../gen/dongbaejul/v1/games_pb.js";
import { utf8Length } from "../storage.js";
import { laneOf, withItem } from "./entry.js";
import type { Entry } from "./entry.js";

/** The stored form of an Entry. */
export interface Stored {
  readonly head: Entry["head"];
  readonly attempts: number;
  readonly firstTriedAt?: number;
  readonly retriedAt?: number;
  readonly base?: number;
  readonly after?: string;
  /** With the game as JSON, if there is one. */
  readonly fault?: object;
}

/** Returns the stored form of an entry. */
export function toStored(entry: Entry): Stored {
  const { head, attempts, firstTriedAt, retriedAt, base, after, progress } = entry;
  return {
    head,
    attempts,
    ...(firstTriedAt === undefined ? {} : { firstTriedAt }),
    ...(retriedAt === undefined ? {} : { retriedAt }),
    ...(base === undefined ? {} : { base }),
    ...(after === undefined ? {} : { after }),
    ...(progress.state === "failed" ? { fault: faultToStored(progress.fault) } : {}),
  };
}

/** Returns a stored entry, or nothing if it cannot be read. */
export function fromStored(stored: Stored): Entry[] {
  try {
    const { head, attempts, firstTriedAt, retriedAt, base, after, fault } = stored;
    const entry: Omit<Entry, "item"> = {
      head: { ...head, lane: laneOf(head.action) },
      attempts,
      ...(firstTriedAt === undefined ? {} : { firstTriedAt }),
      ...(retriedAt === undefined ? {} : { retriedAt }),
      // Older versions of the program stored it as text.
      ...(base === undefined ? {} : { base: Number(base) }),
      ...(after === undefined ? {} : { after }),
      progress: fault === undefined ? { state: "queued" } : { state: "failed", fault: faultFromStored(fault) },
    };
    return [withItem(entry)];
  } catch {
    // Another version of the program has written it in an unknown form.
    return [];
  }
}

/** Returns how many bytes entries take in the storage, as UTF-8. */
export function bytesOf(entries: readonly Entry[]): number {
  return utf8Length(JSON.stringify(entries.map(toStored)));
}

function faultToStored(fault: Fault): object {
  return fault.kind !== "aborted" || fault.game === undefined ? fault : { ...fault, game: toJson(GameSchema, fault.game) };
}

function faultFromStored(stored: object): Fault {
  const { game, ...rest } = stored as { game?: JsonValue };
  return { ...rest, ...(game === undefined ? {} : { game: fromJson(GameSchema, game) }) } as Fault;
}
