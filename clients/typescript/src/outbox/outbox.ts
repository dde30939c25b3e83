import { fromJson, toJson } from "@bufbuild/protobuf";
import type { JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { isTransient, localError, wordsFor } from "../errors.js";
import type { Fault, Language } from "../errors.js";
import { GameSchema } from "../gen/dongbaejul/v1/games_pb.js";
import { callAs } from "../session/session.js";
import { cell } from "../state/observable.js";
import type { Readable } from "../state/observable.js";
import { memoryStorage } from "../storage.js";
import type { KeyValueStorage } from "../storage.js";
import { fullJitter, randomId } from "../timers.js";
import { createSender, isKeptForADay, laneOf } from "./send.js";
import type { OutboxAction, OutboxResult, Sender } from "./send.js";
import { openList } from "./storage.js";
import type { StoredList } from "./storage.js";

/** How far an action is. */
export type OutboxProgress =
  /** Waits: for its turn, for a connection, or until somebody is signed in. `fault` is why the last try failed. */
  | { readonly state: "queued"; readonly fault?: Fault; readonly retryAt?: number }
  | { readonly state: "sending" }
  /** Refused for good: it stays until somebody retries or drops it. */
  | { readonly state: "failed"; readonly fault: Fault }
  /** Done, once. Kept a while for show, not over restarts. */
  | { readonly state: "sent"; readonly result: OutboxResult };

export type OutboxItem<A extends OutboxAction = OutboxAction> = OutboxProgress & {
  /** Names the action for good: it is the message's `temp_id`, or the `request_id` of what is created. */
  readonly id: string;
  /** Actions of one lane are sent one after the other: `room/<id>`, `game/<id>`, `post/<id>` … */
  readonly lane: string;
  readonly action: A;
  /** When it was put in, as Date.now counts. */
  readonly createdAt: number;
  /** How often it was tried. */
  readonly attempts: number;
};

/**
 * Keeps what the user does until the server has it: through bad reception and restarts, in order, each exactly once. The
 * snapshot is all items in the order they were put in.
 */
export interface Outbox extends Readable<readonly OutboxItem[]> {
  /**
   * Puts an action in: it is in the snapshot when this returns. `stored` resolves when it is stored. It rejects if it cannot be: then
   * it is sent at once if there is a connection, and otherwise left to the user as failed. Throws where nobody is signed in, and where too much is waiting already.
   */
  add<A extends OutboxAction>(action: A): OutboxAdded<A>;
  /** Tries a failed action again, at the end of its lane. */
  retry(id: string): void;
  /** Takes an action out that is not being sent. False where it is being sent or gone. */
  drop(id: string): boolean;
  /** Tries everything that waits now. */
  flush(): void;
  /** Resolves with the item once it is sent or failed; undefined where there is none or it was dropped. */
  settled(id: string): Promise<OutboxItem | undefined>;
  /** Stops sending, and resolves when nothing more will be written. What is left stays in the storage. */
  close(): Promise<void>;
}

export interface OutboxAdded<A extends OutboxAction = OutboxAction> {
  readonly item: OutboxItem<A>;
  readonly stored: Promise<void>;
}

export interface OutboxOptions {
  /** Keeps the actions over restarts; in memory when left out. It may be shared by tabs. */
  storage?: KeyValueStorage;
  /** How many actions may wait; one more is refused. 1000. */
  maxItems?: number;
  /** How many sent actions are kept for show. 100. */
  keepSent?: number;
  /** As of SubscribeTiming. */
  minDelayMs?: number;
  maxDelayMs?: number;
}

/** Makes the outbox of who is signed in. Actions of another user who was signed in before stay where they are. */
export function createOutbox(connection: Connection, options: OutboxOptions = {}): Outbox {
  return new Sending(connection, options);
}

/** An action with what sending it needs to know. */
interface Entry {
  readonly head: Pick<OutboxItem, "id" | "lane" | "action" | "createdAt">;
  attempts: number;
  progress: OutboxProgress;
  item: OutboxItem;
  /** When it was tried first, as Date.now counts. */
  firstTriedAt?: number;
  /** The version that a score is based on, or the id of the score before it, whose answer tells. */
  base?: number;
  after?: string;
  /** Its being stored first; undefined once it is. */
  storing?: Promise<void>;
  /** Set while it is not stored because the storage failed. */
  unstored?: true;
}

/** What is to be sent as one user. */
interface Owner {
  readonly userId: string;
  readonly list: StoredList<Stored>;
  entries: Entry[];
  /** Lanes whose first action is being sent, and lanes that wait after a failure. */
  readonly busy: Set<string>;
  readonly backoff: Map<string, { attempt: number; until: number }>;
}

/** An Entry as it is stored. */
interface Stored {
  readonly head: Entry["head"];
  readonly attempts: number;
  readonly firstTriedAt?: number;
  readonly base?: number;
  readonly after?: string;
  /** With the game as JSON, where there is one. */
  readonly fault?: object;
}

interface Waiter {
  readonly id: string;
  readonly tell: (item: OutboxItem | undefined) => void;
}

const lanesAtOnce = 4;
/** How often the server's own trouble is tried again. */
const internalTries = 5;
/** The server knows a request_id for a day; a repetition after that may create a second thing. */
const knownForMs = 23 * 60 * 60_000;

/** An outbox at work. */
class Sending implements Outbox {
  private readonly snapshot = cell<readonly OutboxItem[]>([]);
  readonly getSnapshot = this.snapshot.getSnapshot;
  readonly subscribe = this.snapshot.subscribe;

  private readonly storage: KeyValueStorage;
  private readonly maxItems: number;
  private readonly keepSent: number;
  private readonly sender: Sender;
  private readonly closing = new AbortController();
  private readonly unwatch: (() => void)[];
  private sent: Entry[] = [];
  private waiters: Waiter[] = [];
  /** Who is signed in; undefined while nobody is, or it is not known. */
  private owner: Owner | undefined;
  /** What was put in before it is known who is signed in. */
  private early: Entry[] = [];
  /** Whose actions these are to be, and the changes that are to make them so. */
  private wanted: string | undefined;
  private opening: Promise<void> = Promise.resolve();
  private readonly ready: Promise<void>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly options: OutboxOptions,
  ) {
    this.storage = options.storage ?? memoryStorage();
    this.maxItems = options.maxItems ?? 1000;
    this.keepSent = options.keepSent ?? 100;
    this.sender = createSender(connection);
    const { session, lifecycle } = connection;
    const flush = () => this.flush();
    this.unwatch = [
      session.state.subscribe(() => void this.follow()),
      ...(lifecycle === undefined ? [] : [lifecycle.onForeground(flush), lifecycle.onOnline(flush)]),
    ];
    this.ready = session.ready().then(() => this.follow());
    this.ready.catch(() => undefined);
  }

  private get entries(): Entry[] {
    return this.owner?.entries ?? this.early;
  }

  private set entries(entries: Entry[]) {
    if (this.owner === undefined) {
      this.early = entries;
    } else {
      this.owner.entries = entries;
    }
  }

  add<A extends OutboxAction>(action: A): OutboxAdded<A> {
    const moved = action.kind === "mark_read" ? this.moveRead(action) : undefined;
    const entry = moved ?? this.put(action);
    const stored = this.store(entry);
    this.pump();
    return { item: entry.item as OutboxItem<A>, stored };
  }

  retry(id: string): void {
    const entry = this.entries.find((e) => e.head.id === id);
    if (entry?.progress.state !== "failed") {
      return;
    }
    const { fault } = entry.progress;
    delete entry.after;
    delete entry.firstTriedAt;
    if (fault.kind === "aborted" && fault.game !== undefined) {
      // Whoever tries again has seen the game as it is now.
      this.baseOn(entry, fault.game.version);
    }
    this.entries = [...this.entries.filter((e) => e !== entry), entry];
    this.owner?.backoff.delete(entry.head.lane);
    this.progress(entry, { state: "queued" });
    this.pump();
    this.save();
  }

  drop(id: string): boolean {
    const entry = this.entries.find((e) => e.head.id === id);
    if (entry === undefined || entry.progress.state === "sending") {
      const shown = this.sent.length;
      this.sent = this.sent.filter((e) => e.head.id !== id);
      this.show();
      return this.sent.length < shown;
    }
    this.remove(entry);
    this.save();
    this.pump();
    return true;
  }

  flush(): void {
    this.owner?.backoff.clear();
    this.pump();
    // Tabs may have gone, and left something.
    void this.adopt();
  }

  settled(id: string): Promise<OutboxItem | undefined> {
    const entry = [...this.entries, ...this.sent].find((e) => e.head.id === id);
    if (entry === undefined || entry.progress.state === "sent" || entry.progress.state === "failed") {
      return Promise.resolve(entry?.item);
    }
    return new Promise((tell) => this.waiters.push({ id, tell }));
  }

  async close(): Promise<void> {
    this.unwatch.forEach((f) => f());
    this.closing.abort();
    clearTimeout(this.timer);
    await this.opening;
    await this.owner?.list.close();
    this.waiters.forEach(({ tell }) => tell(undefined));
    this.waiters = [];
  }

  /** Takes up the actions of who is signed in now. */
  private follow(): Promise<void> {
    const state = this.connection.session.state.getSnapshot();
    const userId = state.status === "signed_in" ? state.userId : undefined;
    if (state.status === "unknown" || userId === this.wanted) {
      this.pump();
      return this.opening;
    }
    this.wanted = userId;
    const left = this.owner;
    this.owner = undefined;
    this.sent = [];
    this.opening = this.opening.then(async () => {
      await left?.list.close();
      if (userId !== undefined && !this.closing.signal.aborted) {
        const list = openList<Stored>(this.storage, `dongbaejul.outbox.${userId}`, () => owner.entries.map(toStored));
        const owner: Owner = { userId, list, entries: this.early, busy: new Set(), backoff: new Map() };
        this.early = [];
        this.owner = owner;
        await this.adopt();
      }
    });
    this.show();
    return this.opening;
  }

  private async adopt(): Promise<void> {
    const owner = this.owner;
    if (owner === undefined || this.closing.signal.aborted) {
      return;
    }
    await owner.list
      .adopt((found) => {
        owner.entries = [...found.flatMap(fromStored), ...owner.entries];
        this.show();
      })
      .catch(() => undefined);
    this.pump();
  }

  private put(action: OutboxAction): Entry {
    const { language } = this.connection;
    if (this.closing.signal.aborted) {
      throw new Error("the outbox is closed");
    }
    if (this.connection.session.state.getSnapshot().status === "signed_out") {
      throw localError(Code.Unauthenticated, "UNAUTHENTICATED", wordsFor("unauthenticated", language));
    }
    if (this.entries.length >= this.maxItems) {
      throw localError(Code.ResourceExhausted, "OUTBOX_FULL", fullWords[language]);
    }
    const head = { id: randomId(), lane: laneOf(action), action, createdAt: Date.now() };
    const entry = withItem({ head, attempts: 0, progress: { state: "queued" } });
    if (action.kind === "update_score" && action.expectedVersion !== undefined) {
      this.baseOn(entry, action.expectedVersion);
    }
    this.entries = [...this.entries, entry];
    this.show();
    return entry;
  }

  /** Bases a score on a version of the game, or on what the score before it makes of that. */
  private baseOn(entry: Entry, version: number): void {
    const { lane } = entry.head;
    const before = this.entries.filter((e) => e !== entry && e.head.lane === lane && isScore(e) && e.progress.state !== "failed").pop();
    if (before === undefined) {
      entry.base = version;
    } else {
      entry.after = before.head.id;
    }
  }

  /** Moves a read position on that is still waiting. */
  private moveRead(action: OutboxAction & { kind: "mark_read" }): Entry | undefined {
    const index = this.entries.findIndex(({ head, progress }) => head.lane === laneOf(action) && progress.state === "queued");
    const waiting = this.entries[index];
    if (waiting === undefined || waiting.head.action.kind !== "mark_read") {
      return undefined;
    }
    const upTo = Math.max(waiting.head.action.upTo, action.upTo);
    const moved = withItem({ ...waiting, head: { ...waiting.head, action: { ...action, upTo } } });
    this.entries = this.entries.map((e) => (e === waiting ? moved : e));
    this.show();
    return moved;
  }

  /** Stores what was put in. Takes it out again if nobody is signed in. */
  private store(entry: Entry): Promise<void> {
    const stored = (async () => {
      await this.ready;
      await this.opening;
      if (this.owner === undefined) {
        throw localError(Code.Unauthenticated, "UNAUTHENTICATED", wordsFor("unauthenticated", this.connection.language));
      }
      await this.saved(this.owner);
    })();
    entry.storing = stored.then(
      () => void delete entry.storing,
      (e: unknown) => {
        delete entry.storing;
        if (this.owner?.entries.includes(entry)) {
          entry.unstored = true;
        } else {
          // Who does not look at the promise sees that it is gone.
          this.remove(entry);
        }
        throw e;
      },
    );
    entry.storing.catch(() => undefined);
    return entry.storing;
  }

  private save(): void {
    if (this.owner !== undefined) {
      // What cannot be written now is written with the next change.
      this.saved(this.owner).catch(() => undefined);
    }
  }

  /** Writes what there is of an owner. */
  private async saved({ list, entries }: Owner): Promise<void> {
    await list.save();
    entries.forEach((entry) => delete entry.unstored);
  }

  /** Begins to send the first action of each lane that is free. */
  private pump(): void {
    clearTimeout(this.timer);
    const { owner } = this;
    const { status } = this.connection.session.state.getSnapshot();
    if (owner === undefined || status !== "signed_in" || this.closing.signal.aborted) {
      return;
    }
    const now = Date.now();
    let soonest = Infinity;
    const seen = new Set<string>();
    for (const entry of owner.entries) {
      const { lane } = entry.head;
      if (entry.progress.state !== "queued" || seen.has(lane) || owner.busy.has(lane)) {
        continue;
      }
      seen.add(lane);
      const until = owner.backoff.get(lane)?.until ?? 0;
      if (until > now) {
        soonest = Math.min(soonest, until);
      } else if (owner.busy.size < lanesAtOnce) {
        owner.busy.add(lane);
        void this.send(owner, entry);
      }
    }
    if (soonest < Infinity) {
      this.timer = setTimeout(() => this.pump(), soonest - now);
    }
  }

  private async send(owner: Owner, entry: Entry): Promise<void> {
    const { lane, action } = entry.head;
    const unsure = entry.attempts > 0;
    const known = !isKeptForADay(action) || Date.now() - (entry.firstTriedAt ?? Date.now()) < knownForMs;
    entry.attempts++;
    entry.firstTriedAt ??= Date.now();
    this.progress(entry, { state: "sending" });
    const outcome = known ? await this.attempt(owner, entry, unsure) : { fault: this.unsure() };
    owner.busy.delete(lane);
    if (this.owner !== owner || this.closing.signal.aborted || !owner.entries.includes(entry)) {
      // Left for the next time, or not stored and so taken out.
      return;
    }
    if (outcome.result !== undefined) {
      this.succeed(owner, entry, outcome.result);
    } else if (outcome.fault !== undefined) {
      this.refused(owner, entry, outcome.fault);
    }
    this.save();
    this.pump();
  }

  private async attempt(owner: Owner, entry: Entry, unsure: boolean): Promise<{ result?: OutboxResult; fault?: Fault }> {
    const { id, action } = entry.head;
    const t = { id, action, unsure, base: entry.base, call: { signal: this.closing.signal, contextValues: callAs(owner.userId) } };
    try {
      // That it was tried is stored before it is: after a crash it is known that the server may have it.
      await (entry.storing ?? this.saved(owner)).catch(() => undefined);
      return { result: await this.sender.send(t) };
    } catch (e) {
      const fault = this.connection.fault(e);
      try {
        const result = await this.sender.recover(t, fault);
        return result === undefined ? { fault } : { result };
      } catch (second) {
        return { fault: this.connection.fault(second) };
      }
    }
  }

  private unsure(): Fault {
    const { language } = this.connection;
    return this.connection.fault(localError(Code.FailedPrecondition, "SENT_UNSURE", unsureWords[language]));
  }

  private succeed(owner: Owner, entry: Entry, result: OutboxResult): void {
    owner.backoff.delete(entry.head.lane);
    for (const next of owner.entries) {
      if (next.after === entry.head.id) {
        delete next.after;
        if (result.game !== undefined) {
          next.base = result.game.version;
        }
      }
    }
    owner.entries = owner.entries.filter((e) => e !== entry);
    this.sent = this.keepSent > 0 ? [...this.sent, entry].slice(-this.keepSent) : [];
    this.progress(entry, { state: "sent", result });
  }

  /** Decides what a refusal comes to: waiting and trying again, or the user's decision. */
  private refused(owner: Owner, entry: Entry, fault: Fault): void {
    const { lane } = entry.head;
    const { language } = this.connection;
    const signedOut = fault.kind === "unauthenticated";
    const again = isTransient(fault) || fault.kind === "canceled" || (fault.kind === "internal" && entry.attempts < internalTries);
    if (!again && !signedOut) {
      this.fail(owner, entry, fault);
      return;
    }
    if (entry.unstored) {
      // Nothing keeps it over a restart: it is the user's to know.
      this.fail(owner, entry, this.connection.fault(localError(Code.ResourceExhausted, "OUTBOX_NOT_STORED", unstoredWords[language])));
      return;
    }
    const attempt = (owner.backoff.get(lane)?.attempt ?? 0) + 1;
    const jitter = fullJitter(attempt, this.options.minDelayMs ?? 500, this.options.maxDelayMs ?? 30_000);
    const until = Date.now() + Math.max(jitter, fault.retryAfterMs ?? 0);
    owner.backoff.set(lane, { attempt, until });
    this.progress(entry, { state: "queued", fault, retryAt: until });
  }

  /** Leaves an action to the user, and with it the scores that were based on it. */
  private fail(owner: Owner, entry: Entry, fault: Fault): void {
    owner.backoff.delete(entry.head.lane);
    this.progress(entry, { state: "failed", fault });
    for (const next of owner.entries) {
      if (next.after === entry.head.id && next.progress.state === "queued") {
        delete next.after;
        this.fail(owner, next, fault);
      }
    }
  }

  private remove(entry: Entry): void {
    for (const next of this.entries) {
      if (next.after === entry.head.id) {
        delete next.after;
        Object.assign(next, entry.after !== undefined ? { after: entry.after } : entry.base !== undefined ? { base: entry.base } : {});
      }
    }
    this.entries = this.entries.filter((e) => e !== entry);
    this.show();
    this.tell(entry.head.id, undefined);
  }

  private progress(entry: Entry, progress: OutboxProgress): void {
    entry.progress = progress;
    withItem(entry);
    this.show();
    if (progress.state === "sent" || progress.state === "failed") {
      this.tell(entry.head.id, entry.item);
    }
  }

  private tell(id: string, item: OutboxItem | undefined): void {
    const told = this.waiters.filter((w) => w.id === id);
    this.waiters = this.waiters.filter((w) => w.id !== id);
    told.forEach(({ tell }) => tell(item));
  }

  private show(): void {
    this.snapshot.set([...this.sent, ...this.entries].map((e) => e.item));
  }
}

/** Makes the item that shows an entry as it is now. */
function withItem(entry: Omit<Entry, "item"> & { item?: OutboxItem }): Entry {
  entry.item = { ...entry.head, attempts: entry.attempts, ...entry.progress };
  return entry as Entry;
}

function isScore(entry: Entry): boolean {
  const { action } = entry.head;
  return action.kind === "update_score" && action.expectedVersion !== undefined;
}

const fullWords: { [l in Language]: string } = {
  ko: "보내지 못한 것이 너무 많습니다. 연결을 확인해 주세요.",
  en: "Too much is waiting to be sent. Please check your connection.",
};
const unstoredWords: { [l in Language]: string } = {
  ko: "기기에 저장하지 못했어요. 저장 공간을 비우고 다시 보내 주세요.",
  en: "This could not be stored on the device. Free some space and send it again.",
};
const unsureWords: { [l in Language]: string } = {
  ko: "보내졌는지 확인할 수 없습니다. 목록에 없으면 다시 시도해 주세요.",
  en: "Whether this was sent is not known. If it is not in the list, try again.",
};

function toStored(entry: Entry): Stored {
  const { head, attempts, firstTriedAt, base, after, progress } = entry;
  return {
    head,
    attempts,
    ...(firstTriedAt === undefined ? {} : { firstTriedAt }),
    ...(base === undefined ? {} : { base }),
    ...(after === undefined ? {} : { after }),
    ...(progress.state === "failed" ? { fault: faultToStored(progress.fault) } : {}),
  };
}

function fromStored(stored: Stored): Entry[] {
  try {
    const { head, attempts, firstTriedAt, base, after, fault } = stored;
    const entry: Omit<Entry, "item"> = {
      head: { ...head, lane: laneOf(head.action) },
      attempts,
      ...(firstTriedAt === undefined ? {} : { firstTriedAt }),
      // Older versions of the program stored it as text.
      ...(base === undefined ? {} : { base: Number(base) }),
      ...(after === undefined ? {} : { after }),
      progress: fault === undefined ? { state: "queued" } : { state: "failed", fault: faultFromStored(fault) },
    };
    return [withItem(entry)];
  } catch {
    // Written by another version of the program, in a way that this one does not know.
    return [];
  }
}

function faultToStored(fault: Fault): object {
  return fault.kind !== "aborted" || fault.game === undefined ? fault : { ...fault, game: toJson(GameSchema, fault.game) };
}

function faultFromStored(stored: object): Fault {
  const { game, ...rest } = stored as { game?: JsonValue };
  return { ...rest, ...(game === undefined ? {} : { game: fromJson(GameSchema, game) }) } as Fault;
}
