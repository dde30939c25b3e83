import { Code, ConnectError } from "@connectrpc/connect";
import { cannotStream, notOurs } from "./connection.js";
import type { Connection } from "./connection.js";
import { isNamed, isTransient, localError, wordsFor } from "./fault.js";
import type { Fault } from "./fault.js";
import { EventService } from "./gen/dongbaejul/v1/events_pb.js";
import type { Event } from "./gen/dongbaejul/v1/events_pb.js";
import { GameService } from "./gen/dongbaejul/v1/games_pb.js";
import { cell } from "./readable.js";
import type { Readable } from "./readable.js";
import { Sieve, snapshotOf } from "./sieve.js";
import type { KeyValueStorage } from "./storage.js";
import { bounded, fullJitter, randomId, sleep } from "./wait.js";

/** How a subscription is doing. */
export type SubscriptionState =
  /** Asking for a stream; `attempt` counts from 1 since the last one that held. */
  | { readonly status: "connecting"; readonly attempt: number }
  /** Events arrive as they happen. `by` is "poll" where the fetch in use cannot stream. */
  | { readonly status: "open"; readonly by: "stream" | "poll" }
  /** Waiting to try again at `retryAt` (as Date.now counts), or until the device is online. */
  | { readonly status: "waiting"; readonly attempt: number; readonly retryAt: number; readonly fault: Fault }
  /** The program is in the background. It goes on when it is shown again. */
  | { readonly status: "paused" }
  /** Over: closed by this program, or for a reason that coming back does not change, such as STREAM_REPLACED or a sign-out. */
  | { readonly status: "closed"; readonly fault?: Fault };

export interface SubscribeOptions {
  /**
   * Gets what has happened, in order, each thing once: numbered ones by their number, games by their version. Where it returns
   * a promise, the next events wait for it, and the cursors move on only then: what keeps events elsewhere (a database) loses
   * none in a crash, and may see the last ones again. It should not fail: an error closes the subscription with it.
   *
   * `hello` and `heartbeat` are passed on, too. A `resync_required` says that something of the room named (or of the
   * notifications, where none is) cannot be given one by one: read it anew by ListRooms, ListMessages or ListNotifications. The
   * client makes one itself, with the reason unspecified, for a room that the user has come into while there was no stream. After
   * a `hello` what is not numbered may have been missed: who is typing, and how far others have read.
   */
  onEvents(events: readonly Event[]): void | Promise<void>;
  /** Keeps the cursors over restarts. In memory when left out: then a new subscription begins with what happens from now on. */
  cursors?: KeyValueStorage;
  /** The key in `cursors`; `dongbaejul.cursors.<user id>` when left out. */
  cursorsKey?: string;
  /**
   * The client's name for this device or tab, the same over restarts: its newest stream ends an older one. A random one for each
   * subscription when left out.
   */
  deviceId?: string;
  /** Whether fetch can stream: "auto" finds out, and polls where it cannot. "auto" when left out. */
  streaming?: "auto" | "always" | "never";
  /** Ends the subscription. */
  signal?: AbortSignal;
  /** Times, in milliseconds. */
  timing?: Partial<SubscribeTiming>;
}

export interface SubscribeTiming {
  /** The first delay before coming back is random up to this, and twice as much each time after. 500. */
  minDelayMs: number;
  /** No delay is longer, but for one that the server asks for. 30,000. */
  maxDelayMs: number;
  /** A stream that has held this long lets the delays begin anew. 10,000. */
  stableMs: number;
  /** How long to wait for a stream's hello. 10,000. */
  helloMs: number;
  /** How long one poll waits for something to happen. 25,000. */
  pollMs: number;
  /** How long it is at least from one poll to the next: the server counts calls. 1,500. */
  pollGapMs: number;
  /** How long the connection is kept in the background. 20,000. */
  backgroundMs: number;
}

/** One connection to everything that happens. */
export interface Subscription {
  readonly state: Readable<SubscriptionState>;
  /** Comes back at once where it waits to. */
  reconnect(): void;
  /** Ends it. Resolves when nothing more will be called. */
  close(): Promise<void>;
}

/**
 * Subscribes to everything the user may see, until it is closed: it resumes by cursors, reconnects with full jitter, notices
 * connections that have died silently, and polls where fetch cannot stream.
 */
export function subscribe(connection: Connection, options: SubscribeOptions): Subscription {
  const run = new Run(connection, options);
  return { state: run.state, reconnect: () => run.wake(), close: () => run.close() };
}

const usual: SubscribeTiming = {
  minDelayMs: 500,
  maxDelayMs: 30_000,
  stableMs: 10_000,
  helloMs: 10_000,
  pollMs: 25_000,
  pollGapMs: 1_500,
  backgroundMs: 20_000,
};

/** How long polling goes on before a stream is tried again, where streams bring nothing; doubled each time. */
const restreamMs = 5 * 60_000;
const maxRestreamMs = 60 * 60_000;
/** A stream that is silent for this many heartbeats is dead. */
const silence = 2.5;
/** While polling, how often a hello is passed on. */
const pollHelloMs = 60_000;

/** One subscription at work. */
class Run {
  readonly state = cell<SubscriptionState>({ status: "connecting", attempt: 1 });
  private readonly timing: SubscribeTiming;
  private readonly events;
  private readonly games;
  private readonly deviceId: string;
  private readonly closing = new AbortController();
  private readonly over: Promise<void>;
  private sieve = new Sieve(null);
  /** Ends the connection that is open or opening. */
  private connected: AbortController | undefined;
  /** Ends a wait early. */
  private early = () => {};
  private attempt = 0;
  private heartbeatMs = 15_000;
  /** When something was heard last, as Date.now counts: timers stand still in the background, clocks do not. */
  private heard = 0;
  private background = false;
  private resume = () => {};
  /** What is passed on, one batch after the other. */
  private passing: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | undefined;
  /** Why the session that this belongs to is over. */
  private leftBy: Fault | undefined;
  private saving: Promise<void> | undefined;
  private unsaved: string | undefined;
  private cursorsKey = "";
  /** Whether a stream has ever brought something, and how many in a row have not. */
  private streamed = false;
  private mute = 0;
  /** When to try a stream again while polling. */
  private streamAgainAt = Infinity;
  private restreams = 0;
  private polls: boolean;
  private pollHello = 0;

  constructor(
    private readonly connection: Connection,
    private readonly options: SubscribeOptions,
  ) {
    this.timing = { ...usual, ...options.timing };
    this.events = connection.service(EventService);
    this.games = connection.service(GameService);
    this.deviceId = options.deviceId ?? randomId();
    this.polls = options.streaming === "never" || (options.streaming !== "always" && connection.pollsOnly);
    const give = () => this.closing.abort();
    options.signal?.addEventListener("abort", give);
    if (options.signal?.aborted === true) {
      give();
    }
    const unwatch = [...this.watchLifecycle(), () => options.signal?.removeEventListener("abort", give)];
    this.over = this.run().then((fault) => {
      unwatch.forEach((f) => f());
      this.state.set({ status: "closed", ...(fault === undefined ? {} : { fault }) });
      return this.saving;
    });
  }

  close(): Promise<void> {
    this.closing.abort();
    return this.over;
  }

  wake(): void {
    this.attempt = 0;
    this.early();
  }

  private watchLifecycle(): (() => void)[] {
    const { lifecycle } = this.connection;
    if (lifecycle === undefined) {
      return [];
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const shown = () => {
      clearTimeout(timer);
      this.background = false;
      this.resume();
      if (Date.now() - this.heard > this.heartbeatMs * silence) {
        this.connected?.abort();
      }
      this.wake();
    };
    return [
      lifecycle.onForeground(shown),
      lifecycle.onBackground(() => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          this.background = true;
          this.connected?.abort();
          this.early();
        }, this.timing.backgroundMs);
      }),
      lifecycle.onOnline(() => {
        // Connections do not outlive a change of the network, though nobody says so.
        if (Date.now() - this.heard > 1_000) {
          this.connected?.abort();
        }
        this.wake();
      }),
      () => clearTimeout(timer),
    ];
  }

  /** Runs until it is over, and gives why where nobody closed it. */
  private async run(): Promise<Fault | undefined> {
    const unfollow = await this.follow();
    if (typeof unfollow !== "function") {
      return unfollow;
    }
    try {
      while (!this.closing.signal.aborted) {
        if (this.background) {
          await this.pause();
          continue;
        }
        const error = await this.connect();
        if (this.failure !== undefined) {
          const { error } = this.failure;
          report(error);
          return this.connection.fault(error);
        }
        if (this.closing.signal.aborted || this.background || error === "again") {
          continue;
        }
        const fault = this.connection.fault(error);
        if (this.signedOut() || (isNamed(error) && isFinal(fault))) {
          return fault;
        }
        await this.rest(fault);
      }
      return this.leftBy;
    } finally {
      unfollow();
    }
  }

  private signedOut(): boolean {
    return this.connection.session.state.getSnapshot().status === "signed_out";
  }

  /** Reads the cursors of who is signed in, and ends the subscription when that is somebody else, or nobody. */
  private async follow(): Promise<Fault | (() => void) | undefined> {
    const { session } = this.connection;
    try {
      const now = await session.ready();
      if (now.status !== "signed_in") {
        return this.connection.fault(new ConnectError("nobody is signed in", Code.Unauthenticated));
      }
      this.cursorsKey = this.options.cursorsKey ?? `dongbaejul.cursors.${now.userId}`;
      const saved = await this.options.cursors?.getItem(this.cursorsKey);
      this.sieve = new Sieve(saved ?? null);
      return session.state.subscribe(() => {
        const next = session.state.getSnapshot();
        if (next.status !== "signed_in" || next.userId !== now.userId) {
          this.leftBy ??=
            (next.status === "signed_out" ? next.fault : undefined) ??
            this.connection.fault(new ConnectError("signed out", Code.Unauthenticated));
          this.closing.abort();
        }
      });
    } catch (e) {
      return this.connection.fault(e);
    }
  }

  /** Connects once, and gives why that ended; "again" to connect anew at once. */
  private async connect(): Promise<unknown> {
    this.attempt++;
    this.state.set({ status: "connecting", attempt: this.attempt });
    const abort = new AbortController();
    const give = () => abort.abort();
    this.closing.signal.addEventListener("abort", give);
    this.connected = abort;
    this.heard = 0;
    const opened = { at: 0 };
    try {
      if (this.polls) {
        await this.poll(abort.signal, opened);
      } else {
        await this.stream(abort.signal, opened);
      }
      return new ConnectError("the stream has ended", Code.Unavailable);
    } catch (e) {
      if (e === changed) {
        return "again";
      }
      // Ended by ourselves, to connect anew.
      return abort.signal.aborted && opened.at > 0 ? "again" : notOurs(e, undefined);
    } finally {
      this.closing.signal.removeEventListener("abort", give);
      this.connected = undefined;
      give();
      // Only a connection that has held earns delays that begin anew: one that dies at once must not spin.
      if (opened.at > 0 && Date.now() - opened.at >= this.timing.stableMs) {
        this.attempt = 0;
      }
    }
  }

  private async stream(signal: AbortSignal, opened: { at: number }): Promise<void> {
    const request = { ...this.sieve.open(), deviceId: this.deviceId };
    const stream = this.events.subscribe(request, { signal })[Symbol.asyncIterator]();
    const silent = () => localError(Code.Unavailable, streamSilent, wordsFor("unavailable", this.connection.language));
    try {
      for (;;) {
        const patience = opened.at > 0 ? this.heartbeatMs * silence : this.timing.helloMs;
        const result = await bounded(stream.next(), patience, signal, silent);
        if (result.done === true) {
          return;
        }
        this.hear(result.value.events, opened, "stream");
        await this.pass(result.value.events);
      }
    } catch (e) {
      if (opened.at === 0 && !signal.aborted && this.options.streaming !== "always") {
        this.considerPolling(e);
      }
      throw e;
    }
  }

  private hear(events: readonly Event[], opened: { at: number }, by: "stream" | "poll"): void {
    this.heard = Date.now();
    for (const { payload } of events) {
      if (payload.case === "hello") {
        const interval = payload.value.heartbeatInterval;
        if (interval !== undefined) {
          this.heartbeatMs = Number(interval.seconds) * 1000 + interval.nanos / 1e6;
        }
      }
    }
    if (opened.at === 0) {
      opened.at = this.heard;
      if (by === "stream") {
        this.streamed = true;
        this.mute = 0;
        this.restreams = 0;
      }
      this.state.set({ status: "open", by });
    }
  }

  /** Decides whether to poll, after a stream that has brought nothing. */
  private considerPolling(error: unknown): void {
    const { reason } = this.connection.fault(error);
    if (reason === cannotStream) {
      this.polls = true;
      this.streamAgainAt = Infinity;
      throw changed;
    }
    if (reason !== streamSilent) {
      this.mute = 0;
      return;
    }
    // Something in between may hold streams back, as some proxies and React Native's own fetch do.
    this.mute++;
    if (!this.streamed || this.mute >= 2) {
      this.polls = true;
      this.streamAgainAt = Date.now() + Math.min(maxRestreamMs, restreamMs * 2 ** this.restreams++);
      throw changed;
    }
  }

  private async poll(signal: AbortSignal, opened: { at: number }): Promise<void> {
    this.pollHello = 0;
    try {
      for (let wait = 0; ; wait = this.timing.pollMs) {
        const began = Date.now();
        const request = { ...this.sieve.open(), waitMs: wait };
        const { events } = await this.events.poll(request, { signal, timeoutMs: wait + 15_000 });
        this.hear(events, opened, "poll");
        await this.pass(events);
        if (Date.now() > this.streamAgainAt) {
          this.polls = false;
          throw changed;
        }
        const left = began + this.timing.pollGapMs - Date.now();
        if (left > 0 && wait > 0) {
          await this.nap(left, signal);
        }
      }
    } catch (e) {
      if (opened.at === 0 && !signal.aborted && this.streamAgainAt < Infinity && this.options.streaming !== "never" && !this.connection.pollsOnly) {
        // It was not the stream.
        this.polls = false;
      }
      throw e;
    }
  }

  /** Passes on what is new, after what was passed before. Fails where something is missing. */
  private pass(events: readonly Event[]): Promise<void> {
    const passed = this.passing.then(async () => {
      const { pass, read, gap } = this.sieve.take(events);
      const told = this.polls ? pass.filter((event) => event.payload.case !== "hello" || this.helloIsDue()) : pass;
      if (told.length > 0 && !this.closing.signal.aborted) {
        try {
          await this.options.onEvents(told);
        } catch (error) {
          this.failure = { error };
          throw error;
        }
        this.save();
      }
      for (const gameId of read) {
        void this.readGame(gameId);
      }
      if (gap) {
        throw new ConnectError("an entry is missing", Code.DataLoss);
      }
    });
    this.passing = passed.catch(() => undefined);
    return passed;
  }

  private helloIsDue(): boolean {
    const due = Date.now() - this.pollHello >= pollHelloMs;
    if (due) {
      this.pollHello = Date.now();
    }
    return due;
  }

  /** Reads a game whose changes were not told one by one. Where that fails, the next connection asks again. */
  private async readGame(gameId: string): Promise<void> {
    try {
      const { game } = await this.games.getGame({ gameId }, { signal: this.closing.signal });
      if (game === undefined) {
        return;
      }
      const passed = this.passing.then(async () => {
        const { pass } = this.sieve.take([snapshotOf(game)]);
        if (pass.length === 0) {
          this.sieve.settled(gameId);
        } else if (!this.closing.signal.aborted) {
          await this.options.onEvents(pass);
        }
      });
      this.passing = passed.catch((error: unknown) => {
        this.failure = { error };
        this.connected?.abort();
      });
    } catch (e) {
      if (isNamed(e) && !isTransient(this.connection.fault(e))) {
        this.sieve.settled(gameId);
      }
    }
  }

  /** Saves the cursors: one write at a time, the last one for sure. */
  private save(): void {
    const { cursors } = this.options;
    if (cursors === undefined) {
      return;
    }
    this.unsaved = this.sieve.save();
    this.saving ??= (async () => {
      while (this.unsaved !== undefined) {
        const text = this.unsaved;
        this.unsaved = undefined;
        try {
          await cursors.setItem(this.cursorsKey, text);
        } catch {
          // The next one may be kept; until then more is sent again.
        }
      }
      this.saving = undefined;
    })();
  }

  /** Waits before coming back. */
  private async rest(fault: Fault): Promise<void> {
    const jitter = fullJitter(this.attempt, this.timing.minDelayMs, this.timing.maxDelayMs);
    const delay = Math.max(jitter, fault.retryAfterMs ?? 0);
    this.state.set({ status: "waiting", attempt: this.attempt, retryAt: Date.now() + delay, fault });
    await this.nap(delay, this.closing.signal);
  }

  private async nap(ms: number, signal: AbortSignal): Promise<void> {
    const { over, early } = sleep(ms, signal);
    this.early = early;
    await over;
    this.early = () => {};
  }

  private async pause(): Promise<void> {
    this.state.set({ status: "paused" });
    const { signal } = this.closing;
    await new Promise<void>((resolve) => {
      this.resume = resolve;
      signal.addEventListener("abort", this.resume);
    });
    signal.removeEventListener("abort", this.resume);
    this.resume = () => {};
    this.attempt = 0;
  }
}

/** The name of what failed since nothing was heard for too long. */
const streamSilent = "STREAM_SILENT";

/** Shows a mistake of who subscribed where the program shows its mistakes. */
function report(error: unknown): void {
  const { reportError } = globalThis as { reportError?: (e: unknown) => void };
  if (typeof reportError === "function") {
    reportError(error);
  } else {
    setTimeout(() => {
      throw error;
    });
  }
}

/** Thrown to connect at once in another way. */
const changed = new Error("the way to connect has changed");

/** Tells whether coming back does not change what the server has said. */
function isFinal(fault: Fault): boolean {
  switch (fault.kind) {
    case "invalid":
    case "denied":
    case "not_found":
    case "exists":
    case "precondition":
    case "unimplemented":
      return true;
    default:
      return false;
  }
}
