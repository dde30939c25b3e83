import type { JsonValue } from "@bufbuild/protobuf";
import { exclusive } from "../locks.js";
import { utf8Length } from "../storage.js";
import type { KeyValueStorage } from "../storage.js";
import { isGone, partsOf } from "./parts.js";
import type { Part } from "./parts.js";
import type { CachedState } from "./types.js";

const indexKey = "dongbaejul.cache";
/** The version of the stored format. Entries of other versions are deleted. */
const version = 1;
const lockMs = 5_000;
/** The number of levels to which a part can be reduced; the highest ones are empty. */
const levels = 4;

/** The index: the user, and each part's size in bytes. It is written before a part, so that each part can be found and deleted. */
interface Index {
  readonly user: string;
  readonly parts: Map<string, number>;
  /** Whether it is of this version. */
  readonly current: boolean;
}

/** The stored parts of a user, bounded in bytes. */
export class Entries {
  /** The source object from which this program last wrote each part. */
  private readonly written = new Map<string, object>();
  /** How many bytes may be stored. It is lowered when the storage is full, and raised again as writes succeed. */
  private limit: number;

  constructor(
    private readonly storage: KeyValueStorage,
    private readonly userId: string,
    private readonly maxBytes: number,
  ) {
    this.limit = maxBytes;
  }

  /** Reads all parts. Deletes those of another user or another version. */
  read(): Promise<Map<string, JsonValue>> {
    return inTurn(this.storage, async () => {
      const index = await readIndex(this.storage);
      const parts = new Map<string, JsonValue>();
      if (index === undefined) {
        return parts;
      }
      if (index.user !== this.userId || !index.current) {
        await removeAll(this.storage, index);
        return parts;
      }
      const texts = [...index.parts.keys()].map(async (name) => [name, await this.storage.getItem(keyOf(index.user, name))] as const);
      for (const [name, text] of await Promise.all(texts)) {
        const data = this.parse(text);
        if (data !== undefined) {
          parts.set(name, data);
        }
      }
      return parts;
    });
  }

  /** Marks a part as stored. */
  note(state: CachedState): void {
    partsOf(state).forEach(({ name, source }) => this.written.set(name, source));
  }

  /** Stores the parts that have changed, and deletes those that are gone or do not fit. `valid` is called before each write. */
  write(state: CachedState, valid: () => boolean): Promise<void> {
    const parts = partsOf(state);
    if (parts.every(({ name, source }) => this.written.get(name) === source) && ![...this.written.keys()].some((n) => isGone(n, state))) {
      return Promise.resolve();
    }
    return inTurn(this.storage, async () => {
      const stored = await readIndex(this.storage);
      if (!valid() || (stored !== undefined && stored.user !== this.userId)) {
        return;
      }
      if (stored !== undefined && !stored.current) {
        await removeAll(this.storage, stored);
      }
      await this.apply(parts, state, stored?.current === true ? stored.parts : new Map<string, number>(), valid);
    });
  }

  private async apply(parts: readonly Part[], state: CachedState, stored: ReadonlyMap<string, number>, valid: () => boolean) {
    const { sizes, texts } = this.plan(parts, state, stored);
    const before = indexText(this.userId, stored);
    const after = indexText(this.userId, sizes);
    try {
      for (const name of [...stored.keys()].filter((name) => !sizes.has(name))) {
        await this.storage.removeItem(keyOf(this.userId, name));
        this.written.delete(name);
      }
      if (after !== before && valid()) {
        await this.storage.setItem(indexKey, after);
      }
      // Parts that shrink are written first, so that the limit is never exceeded.
      const growth = (name: string) => (sizes.get(name) ?? 0) - (stored.get(name) ?? 0);
      for (const name of [...texts.keys()].sort((a, b) => growth(a) - growth(b))) {
        if (valid()) {
          await this.storage.setItem(keyOf(this.userId, name), texts.get(name) ?? "");
        }
      }
      parts.forEach(({ name, source }) => this.written.set(name, source));
      this.limit = Math.min(this.maxBytes, this.limit + Math.ceil(this.maxBytes / 20));
    } catch (e) {
      // The storage may be full. With a lower limit, the next attempt starts by deleting.
      this.limit = Math.floor(sum(sizes.values()) / 2);
      this.written.clear();
      throw e;
    }
  }

  /** Decides which parts are stored at which level, and returns the texts to write. */
  private plan(parts: readonly Part[], state: CachedState, stored: ReadonlyMap<string, number>) {
    const sizes = new Map<string, number>();
    const texts = new Map<string, string>();
    const wanted = new Set(parts.map(({ name }) => name));
    /** What another tab has stored, or what this one does not know yet. */
    const others = [...stored].filter(([name]) => !wanted.has(name) && !isGone(name, state));
    let left = this.limit;
    const take = (name: string, size: number) => {
      left -= size;
      sizes.set(name, size);
    };
    for (const { name, source, encode } of parts) {
      const size = this.written.get(name) === source ? stored.get(name) : undefined;
      if (size !== undefined && size <= left) {
        take(name, size);
        continue;
      }
      for (let level = 0; level < levels; level++) {
        const data = encode(level);
        const text = data === undefined ? "" : JSON.stringify({ v: version, user: this.userId, data });
        const bytes = this.bytesOf(name, text);
        if (text !== "" && bytes <= left) {
          take(name, bytes);
          texts.set(name, text);
          break;
        }
      }
    }
    others.filter(([, size]) => size <= left).forEach(([name, size]) => take(name, size));
    return { sizes, texts };
  }

  /** Returns the size of an entry with its record in the index. */
  private bytesOf(name: string, text: string): number {
    return utf8Length(text) + utf8Length(keyOf(this.userId, name)) + utf8Length(name) + 16;
  }

  private parse(text: string | null): JsonValue | undefined {
    if (text === null || text.length > this.maxBytes) {
      return undefined;
    }
    const entry = parseObject(text);
    return entry?.["v"] === version && entry["user"] === this.userId ? (entry["data"] as JsonValue) : undefined;
  }
}

/** Deletes everything that is stored, or everything that does not belong to a user. */
export function removeEntries(storage: KeyValueStorage, exceptOf?: string): Promise<void> {
  return inTurn(storage, async () => {
    const index = await readIndex(storage);
    if (index !== undefined && index.user !== exceptOf) {
      await removeAll(storage, index);
    }
  });
}

function inTurn<T>(storage: KeyValueStorage, f: () => Promise<T>): Promise<T> {
  return exclusive(storage, indexKey, lockMs, f);
}

/** Removes the parts before the index, so that the index names any that remain. */
async function removeAll(storage: KeyValueStorage, { user, parts }: Index): Promise<void> {
  for (const name of parts.keys()) {
    await storage.removeItem(keyOf(user, name));
  }
  await storage.removeItem(indexKey);
}

function keyOf(user: string, name: string): string {
  return `${indexKey}.${user}.${name}`;
}

function indexText(user: string, parts: ReadonlyMap<string, number>): string {
  return JSON.stringify({ v: version, user, parts: Object.fromEntries(parts) });
}

async function readIndex(storage: KeyValueStorage): Promise<Index | undefined> {
  const index = parseObject(await storage.getItem(indexKey));
  if (index === undefined || typeof index["user"] !== "string") {
    return undefined;
  }
  const parts = Object.entries(index["parts"] ?? {}).map(([name, size]) => [name, typeof size === "number" ? size : 0] as const);
  return { user: index["user"], parts: new Map(parts), current: index["v"] === version };
}

function parseObject(text: string | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((a, b) => a + b, 0);
}
