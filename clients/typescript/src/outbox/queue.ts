import { Code } from "@connectrpc/connect";
import type { ContextValues } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { faultFields, isTransient, localError } from "../errors.js";
import type { Fault } from "../errors.js";
import { callAs } from "../session/session.js";
import type { KeyValueStorage } from "../storage.js";
import { fullJitter, linked } from "../timers.js";
import { hasFiles, setProgress, withItem } from "./entry.js";
import type { Entry } from "./entry.js";
import { expiryOf } from "./expiry.js";
import { rebaseScores, scoresAfter } from "./scores.js";
import type { Sender } from "./send.js";
import { openList } from "./storage.js";
import type { StoredList } from "./storage.js";
import { fromStored, toStored } from "./stored.js";
import type { Stored } from "./stored.js";
import type { FilesOfAction, OutboxAction, OutboxOptions, OutboxResult } from "./types.js";
import { expiredWords, unstoredWords, unsureWords } from "./words.js";

const maxLanesAtOnce = 4;
/** The longest delay of a timer. */
const maxTimerMs = 2 ** 31 - 1;
/** How often an action is tried that fails with an internal error of the server. */
const internalTries = 5;
/** The server remembers a request_id for a day; a retry after that may create a duplicate. */
const requestIdKnownMs = 23 * 60 * 60_000;

export interface QueueConfig {
  readonly connection: Connection;
  readonly sender: Sender;
  readonly storage: KeyValueStorage;
  readonly options: OutboxOptions;
  /** Ends all sending. */
  readonly signal: AbortSignal;
  /** Is called when entries have changed. */
  readonly changed: () => void;
  /** Is called with an entry that is sent or has failed. */
  readonly settled: (entry: Entry) => void;
  /** Is called with the ids of entries that another tab has taken over. */
  readonly lost: (ids: readonly string[]) => void;
}

/** How a lane waits after a failure. */
interface Backoff {
  readonly attempt: number;
  readonly until: number;
  /** When the server has asked to retry. */
  readonly askedUntil: number;
}

/** The actions of one user. Those of a lane are sent one after another, each until the server accepts or refuses it. */
export class Queue {
  private readonly list: StoredList;
  /** Lanes whose first action is being sent, and lanes that wait after a failure. */
  private readonly busy = new Set<string>();
  private readonly backoff = new Map<string, Backoff>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;
  private saveFailures = 0;
  /** Whether the actions of closed tabs were taken over; they are sent first. */
  private opened = false;
  private stopped = false;
  /** The last write. */
  private closing: Promise<void> | undefined;

  constructor(
    private readonly config: QueueConfig,
    readonly userId: string,
    public entries: Entry[],
  ) {
    this.list = openList<Stored>(config.storage, `dongbaejul.outbox.${userId}`, {
      list: () => this.entries.map(toStored),
      take: (found) => this.take(found),
      lost: (taken) => this.lose(taken),
    });
  }

  /** Puts entries of closed tabs before its own. */
  private take(found: readonly Stored[]): void {
    const known = new Set(this.entries.map((e) => e.head.id));
    this.entries = [...found.flatMap(fromStored).filter((e) => !known.has(e.head.id)), ...this.entries];
    this.config.changed();
  }

  /** Drops entries that another tab has taken over. */
  private lose(taken: readonly Stored[]): void {
    const ids = taken.map(({ head }) => head.id);
    this.entries = this.entries.filter((e) => !ids.includes(e.head.id));
    this.config.changed();
    this.config.lost(ids);
  }

  /** Takes over what closed programs and tabs have left. */
  async adopt(): Promise<void> {
    await this.list.adopt().catch(() => undefined);
    this.opened = true;
    this.pump();
  }

  /** Writes the entries. After close, returns the last write. */
  save(): Promise<void> {
    return this.closing ?? this.write();
  }

  private async write(): Promise<void> {
    const { entries } = this;
    await this.list.save();
    entries.forEach((entry) => delete entry.unstored);
  }

  /** Writes the entries, and retries if the storage fails: the next program must not send what was sent already. */
  saveSoon(): void {
    clearTimeout(this.saveTimer);
    this.save().then(
      () => (this.saveFailures = 0),
      () => {
        if (!this.isStopped()) {
          this.saveTimer = setTimeout(() => this.saveSoon(), fullJitter(++this.saveFailures, 500, 30_000));
        }
      },
    );
  }

  /** Resets all backoffs, and takes over what tabs have left since. */
  flush(): void {
    [...this.backoff.keys()].forEach((lane) => this.resetLane(lane));
    this.pump();
    if (this.opened && !this.isStopped()) {
      void this.adopt();
    }
  }

  /** Resets the backoff of a lane, but waits as long as the server has asked for. */
  resetLane(lane: string): void {
    const { askedUntil = 0 } = this.backoff.get(lane) ?? {};
    if (askedUntil > Date.now()) {
      this.backoff.set(lane, { attempt: 0, until: askedUntil, askedUntil });
    } else {
      this.backoff.delete(lane);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.saveTimer);
  }

  /** Stops sending, and leaves the entries in the storage for other tabs. */
  async close(): Promise<void> {
    this.stop();
    this.closing ??= this.write();
    await this.closing.catch(() => undefined);
    await this.list.close();
  }

  /** Starts sending the first action of each free lane. */
  pump(): void {
    clearTimeout(this.timer);
    const { status } = this.config.connection.session.state.getSnapshot();
    if (!this.opened || this.isStopped() || status !== "signed_in") {
      return;
    }
    const now = Date.now();
    let soonest = this.expire(now);
    const seen = new Set<string>();
    for (const entry of this.entries) {
      const { lane } = entry.head;
      if (entry.progress.state !== "queued" || seen.has(lane) || this.busy.has(lane)) {
        continue;
      }
      seen.add(lane);
      const until = this.backoff.get(lane)?.until ?? 0;
      if (until > now) {
        soonest = Math.min(soonest, until);
      } else if (this.busy.size < maxLanesAtOnce) {
        this.busy.add(lane);
        void this.send(entry);
      }
    }
    if (soonest < Infinity) {
      this.timer = setTimeout(() => this.pump(), Math.min(soonest - now, maxTimerMs));
    }
  }

  /** Fails waiting actions that have expired. Returns when the next one expires. */
  private expire(now: number): number {
    const { connection, options } = this.config;
    let soonest = Infinity;
    for (const entry of this.entries) {
      const at = expiryOf(entry, options.expireAfterMs);
      if (entry.progress.state === "queued" && at > now) {
        soonest = Math.min(soonest, at);
      } else if (entry.progress.state === "queued") {
        this.fail(entry, connection.fault(localError(Code.FailedPrecondition, "OUTBOX_EXPIRED", expiredWords[connection.language])));
        this.saveSoon();
      }
    }
    return soonest;
  }

  private isStopped(): boolean {
    return this.stopped || this.config.signal.aborted;
  }

  private async send(entry: Entry): Promise<void> {
    const { lane, action } = entry.head;
    const { connection } = this.config;
    const isKnown = !hasRequestId(action) || Date.now() - (entry.firstTriedAt ?? Date.now()) < requestIdKnownMs;
    entry.attempts++;
    entry.firstTriedAt ??= Date.now();
    setProgress(entry, { state: "sending" });
    this.config.changed();
    const outcome = isKnown
      ? await this.attempt(entry)
      : { fault: connection.fault(localError(Code.FailedPrecondition, "SENT_UNSURE", unsureWords[connection.language])) };
    this.busy.delete(lane);
    if (this.isStopped()) {
      // The next program or tab sends it.
      return;
    }
    if (!this.entries.includes(entry)) {
      // Another tab has taken it over, or it was removed since it could not be stored.
      this.pump();
      return;
    }
    if (outcome.result !== undefined) {
      this.succeed(entry, outcome.result);
    } else if (outcome.fault !== undefined) {
      this.refused(entry, outcome.fault);
    }
    this.saveSoon();
    this.pump();
  }

  private async attempt(entry: Entry): Promise<{ result?: OutboxResult; fault?: Fault }> {
    const { connection, sender, signal } = this.config;
    const contextValues = callAs(this.userId);
    try {
      // The attempt is stored before it is made: after a crash, the server may have the action.
      await (entry.storing ?? this.save()).catch(() => undefined);
      if (this.entries.includes(entry) && hasFiles(entry.head.action)) {
        await this.upload(entry, contextValues);
      }
      if (!this.entries.includes(entry)) {
        return {};
      }
      const { id, action } = entry.head;
      return { result: await sender.send({ id, action, base: entry.base, call: { signal, contextValues } }) };
    } catch (e) {
      return { fault: connection.fault(e) };
    }
  }

  /** Uploads the files of an action. Dropping it ends that. */
  private async upload(entry: Entry, contextValues: ContextValues): Promise<void> {
    const { options, signal } = this.config;
    const own = linked(signal);
    entry.stopUpload = own.end;
    try {
      await options.files?.upload(this.filesOf(entry), { signal: own.signal, contextValues });
    } finally {
      own.end();
      delete entry.stopUpload;
    }
  }

  /** Returns an entry as OutboxFiles change it. */
  filesOf(entry: Entry): FilesOfAction {
    const { id, createdAt, action } = entry.head;
    return {
      ...{ id, createdAt, action, retriedAt: entry.retriedAt },
      update: (action) => {
        entry.head = { ...entry.head, action };
        withItem(entry);
        this.config.changed();
        this.saveSoon();
      },
      progress: (upload) => {
        setProgress(entry, { state: "sending", ...(upload === undefined ? {} : { upload }) });
        this.config.changed();
      },
    };
  }

  private succeed(entry: Entry, result: OutboxResult): void {
    this.backoff.delete(entry.head.lane);
    rebaseScores(entry, result.game?.version, this.entries);
    this.entries = this.entries.filter((e) => e !== entry);
    setProgress(entry, { state: "sent", result });
    this.config.settled(entry);
  }

  /** Decides whether a refused action is retried later or fails. */
  private refused(entry: Entry, fault: Fault): void {
    const { lane } = entry.head;
    const { connection, options } = this.config;
    const again = isTransient(fault) || fault.kind === "canceled" || (fault.kind === "internal" && entry.attempts < internalTries);
    if (!again && fault.kind !== "unauthenticated") {
      this.fail(entry, fault);
      return;
    }
    if (entry.unstored) {
      // It would be lost on a restart, which the user must know.
      const words = unstoredWords[connection.language];
      this.fail(entry, connection.fault(localError(Code.ResourceExhausted, "OUTBOX_NOT_STORED", words)));
      return;
    }
    const attempt = (this.backoff.get(lane)?.attempt ?? 0) + 1;
    const jitter = fullJitter(attempt, options.minDelayMs ?? 500, options.maxDelayMs ?? 30_000);
    const askedUntil = Date.now() + (fault.retryAfterMs ?? 0);
    const until = Math.max(Date.now() + jitter, askedUntil);
    this.backoff.set(lane, { attempt, until, askedUntil });
    setProgress(entry, { state: "queued", fault, retryAt: until });
    this.config.changed();
  }

  /** Fails an action, and with it the scores based on it; the user decides what to do with them. */
  private fail(entry: Entry, fault: Fault): void {
    const { id, lane, action } = entry.head;
    this.config.connection.log("warn", "outbox item failed", { id, action: action.kind, ...faultFields(fault) });
    this.resetLane(lane);
    setProgress(entry, { state: "failed", fault });
    this.config.settled(entry);
    for (const next of scoresAfter(entry, this.entries)) {
      if (next.progress.state === "queued") {
        delete next.after;
        this.fail(next, fault);
      }
    }
  }
}

/** Reports whether the server recognizes a retry of an action by its request_id, which it does only for a while. */
function hasRequestId(action: OutboxAction): boolean {
  return action.kind === "create_post" || action.kind === "create_comment";
}
