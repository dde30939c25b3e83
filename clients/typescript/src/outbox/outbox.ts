import { Code } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { localError, wordsFor } from "../errors.js";
import { cell } from "../state/observable.js";
import { memoryStorage } from "../storage.js";
import { hasFiles, laneOf, newEntry, setProgress, withItem } from "./entry.js";
import type { Entry } from "./entry.js";
import { Queue } from "./queue.js";
import type { QueueConfig } from "./queue.js";
import { baseScore, bridgeScores } from "./scores.js";
import { createSender } from "./send.js";
import { bytesOf } from "./stored.js";
import type { Outbox, OutboxAction, OutboxAdded, OutboxItem, OutboxOptions } from "./types.js";
import { fullWords } from "./words.js";

/** Creates the outbox of the user who is signed in. Actions of users who were signed in before are kept in the storage. */
export function createOutbox(connection: Connection, options: OutboxOptions = {}): Outbox {
  return new SessionOutbox(connection, options);
}

interface Waiter {
  readonly id: string;
  readonly resolve: (item: OutboxItem | undefined) => void;
}

/** Follows the session: each user has a queue of their own. */
class SessionOutbox implements Outbox {
  private readonly snapshot = cell<readonly OutboxItem[]>([]);
  readonly getSnapshot = this.snapshot.getSnapshot;
  readonly subscribe = (listener: () => void) => {
    this.begin();
    return this.snapshot.subscribe(listener);
  };

  private readonly maxItems: number;
  private readonly maxBytes: number;
  private readonly keepSent: number;
  private readonly config: QueueConfig;
  private readonly closing = new AbortController();
  private unwatch: (() => void)[] = [];
  private sent: Entry[] = [];
  private waiters: Waiter[] = [];
  /** The queue of the signed-in user; undefined if there is none, or while that is not known yet. */
  private queue: Queue | undefined;
  /** What was added before the signed-in user is known. */
  private early: Entry[] = [];
  /** The closing and opening of queues, one after another. */
  private opening: Promise<void> = Promise.resolve();
  /** Settles when the signed-in user is known. Undefined until first use, so that an outbox that React discards takes nothing over. */
  private ready: Promise<void> | undefined;

  constructor(
    private readonly connection: Connection,
    options: OutboxOptions,
  ) {
    this.maxItems = options.maxItems ?? 1000;
    this.maxBytes = options.maxBytes ?? 1_000_000;
    this.keepSent = options.keepSent ?? 100;
    this.config = {
      connection,
      options,
      sender: createSender(connection),
      storage: options.storage ?? memoryStorage(),
      signal: this.closing.signal,
      changed: () => this.show(),
      settled: (entry) => this.entrySettled(entry),
      lost: (ids) => ids.forEach((id) => this.resolveWaiters(id, undefined)),
    };
  }

  /** Starts the outbox, once. */
  private begin(): Promise<void> {
    if (this.ready === undefined && !this.closing.signal.aborted) {
      const { session, lifecycle } = this.connection;
      const flush = () => this.flush();
      this.unwatch = [
        session.state.subscribe(() => void this.followSession()),
        ...(lifecycle === undefined ? [] : [lifecycle.onForeground(flush), lifecycle.onOnline(flush)]),
      ];
      this.ready = session.ready().then(() => this.followSession());
      this.ready.catch(() => undefined);
    }
    return this.ready ?? Promise.resolve();
  }

  private get entries(): Entry[] {
    return this.queue?.entries ?? this.early;
  }

  private set entries(entries: Entry[]) {
    if (this.queue === undefined) {
      this.early = entries;
    } else {
      this.queue.entries = entries;
    }
  }

  add<A extends OutboxAction>(action: A): OutboxAdded<A> {
    const ready = this.begin();
    const moved = action.kind === "mark_read" ? this.moveRead(action) : undefined;
    const entry = moved ?? this.put(action);
    const stored = this.store(entry, ready);
    this.queue?.pump();
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
    entry.retriedAt = Date.now();
    if (fault.kind === "aborted" && fault.game !== undefined) {
      // The user has seen the game as it is now.
      baseScore(entry, fault.game.version, this.entries);
    }
    this.entries = [...this.entries.filter((e) => e !== entry), entry];
    setProgress(entry, { state: "queued" });
    this.show();
    this.queue?.resetLane(entry.head.lane);
    this.queue?.pump();
    this.queue?.saveSoon();
  }

  drop(id: string): boolean {
    const entry = this.entries.find((e) => e.head.id === id);
    if (entry === undefined || (entry.progress.state === "sending" && entry.progress.upload === undefined)) {
      const shown = this.sent.length;
      this.sent = this.sent.filter((e) => e.head.id !== id);
      this.show();
      return this.sent.length < shown;
    }
    this.remove(entry);
    entry.stopUpload?.();
    this.queue?.saveSoon();
    this.queue?.pump();
    return true;
  }

  flush(): void {
    void this.begin();
    this.queue?.flush();
  }

  settled(id: string): Promise<OutboxItem | undefined> {
    const entry = [...this.entries, ...this.sent].find((e) => e.head.id === id);
    if (entry === undefined || entry.progress.state === "sent" || entry.progress.state === "failed") {
      return Promise.resolve(entry?.item);
    }
    return new Promise((resolve) => this.waiters.push({ id, resolve }));
  }

  async close(): Promise<void> {
    this.unwatch.forEach((f) => f());
    this.closing.abort();
    this.queue?.stop();
    await this.opening;
    await this.queue?.close();
    this.waiters.forEach(({ resolve }) => resolve(undefined));
    this.waiters = [];
  }

  /** Opens the queue of the user who is signed in now. */
  private followSession(): Promise<void> {
    const state = this.connection.session.state.getSnapshot();
    const userId = state.status === "signed_in" ? state.userId : undefined;
    if (state.status === "unknown" || userId === this.queue?.userId || this.closing.signal.aborted) {
      this.queue?.pump();
      return this.opening;
    }
    const left = this.queue;
    left?.stop();
    this.queue = undefined;
    this.sent = [];
    if (userId !== undefined) {
      this.queue = new Queue(this.config, userId, this.early);
      this.early = [];
    }
    // Callers of settled would otherwise wait until that user signs in again.
    const known = new Set(this.entries.map((e) => e.head.id));
    this.waiters.filter(({ id }) => !known.has(id)).forEach(({ id }) => this.resolveWaiters(id, undefined));
    const opened = this.queue;
    this.opening = this.opening.then(async () => {
      await left?.close();
      await opened?.adopt();
    });
    this.show();
    return this.opening;
  }

  private put(action: OutboxAction): Entry {
    const { language, session } = this.connection;
    if (this.closing.signal.aborted) {
      throw new Error("the outbox is closed");
    }
    if (session.state.getSnapshot().status === "signed_out") {
      throw this.signedOut();
    }
    if (hasFiles(action) && this.config.options.files === undefined) {
      throw new Error("an outbox needs `files` to upload them: see createOutboxFiles");
    }
    const entry = newEntry(action);
    if (this.entries.length >= this.maxItems || bytesOf([...this.entries, entry]) > this.maxBytes) {
      throw localError(Code.ResourceExhausted, "OUTBOX_FULL", fullWords[language]);
    }
    if (action.kind === "update_score" && action.expectedVersion !== undefined) {
      baseScore(entry, action.expectedVersion, this.entries);
    }
    this.entries = [...this.entries, entry];
    this.show();
    return entry;
  }

  private signedOut(): Error {
    return localError(Code.Unauthenticated, "UNAUTHENTICATED", wordsFor("unauthenticated", this.connection.language));
  }

  /** Advances a read position that is still waiting. */
  private moveRead(action: OutboxAction & { kind: "mark_read" }): Entry | undefined {
    const waiting = this.entries.find(({ head, progress }) => head.lane === laneOf(action) && progress.state === "queued");
    if (waiting?.head.action.kind !== "mark_read") {
      return undefined;
    }
    const upTo = Math.max(waiting.head.action.upTo, action.upTo);
    const moved = withItem({ ...waiting, head: { ...waiting.head, action: { ...action, upTo } } });
    this.entries = this.entries.map((e) => (e === waiting ? moved : e));
    this.show();
    return moved;
  }

  /** Stores what was added. Removes it again if nobody is signed in. */
  private store(entry: Entry, ready: Promise<void>): Promise<void> {
    const putInto = this.queue;
    const stored = (async () => {
      await ready;
      await this.opening;
      // Not into the queue of another user who has signed in since.
      const queue = putInto ?? this.queue;
      if (queue === undefined || (putInto === undefined && !queue.entries.some((e) => e.head.id === entry.head.id))) {
        throw this.signedOut();
      }
      if (hasFiles(entry.head.action)) {
        await this.keepFiles(entry, queue);
      }
      await queue.save();
    })();
    entry.storing = stored.then(
      () => void delete entry.storing,
      (e: unknown) => {
        delete entry.storing;
        if (this.queue?.entries.includes(entry)) {
          entry.unstored = true;
        } else {
          // Callers that ignore the promise see that the item is gone.
          this.remove(entry);
        }
        throw e;
      },
    );
    entry.storing.catch(() => undefined);
    return entry.storing;
  }

  private async keepFiles(entry: Entry, queue: Queue): Promise<void> {
    await this.config.options.files?.keep(queue.filesOf(entry));
    if (!queue.entries.includes(entry)) {
      this.forgetFiles(entry, queue);
    }
  }

  /** Deletes the files of an action that is sent or dropped. */
  private forgetFiles(entry: Entry, queue = this.queue): void {
    if (hasFiles(entry.head.action) && queue !== undefined) {
      // What cannot be deleted now is deleted when it is old.
      this.config.options.files?.forget(queue.filesOf(entry)).catch(() => undefined);
    }
  }

  private remove(entry: Entry): void {
    this.forgetFiles(entry);
    bridgeScores(entry, this.entries);
    this.entries = this.entries.filter((e) => e !== entry);
    this.show();
    this.resolveWaiters(entry.head.id, undefined);
  }

  private entrySettled(entry: Entry): void {
    if (entry.progress.state === "sent") {
      this.forgetFiles(entry);
      this.sent = this.keepSent > 0 ? [...this.sent, entry].slice(-this.keepSent) : [];
    }
    this.show();
    this.resolveWaiters(entry.head.id, entry.item);
  }

  private resolveWaiters(id: string, item: OutboxItem | undefined): void {
    const done = this.waiters.filter((w) => w.id === id);
    this.waiters = this.waiters.filter((w) => w.id !== id);
    done.forEach(({ resolve }) => resolve(item));
  }

  private show(): void {
    this.snapshot.set([...this.sent, ...this.entries].map((e) => e.item));
  }
}
