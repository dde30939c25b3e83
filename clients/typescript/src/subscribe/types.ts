import type { Fault } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Readable } from "../state/observable.js";
import type { KeyValueStorage } from "../storage.js";

/** The state of a subscription. */
export type SubscriptionState =
  /** Opening a stream; `attempt` counts from 1 since the last stable one. */
  | { readonly status: "connecting"; readonly attempt: number }
  /** Events arrive as they happen. `by` is "poll" where the fetch in use cannot stream. */
  | { readonly status: "open"; readonly by: "stream" | "poll" }
  /** Waiting to retry at `retryAt` (in milliseconds as of Date.now), or until the device is online. */
  | { readonly status: "waiting"; readonly attempt: number; readonly retryAt: number; readonly fault: Fault }
  /** The program is in the background. The subscription continues when it is shown again. */
  | { readonly status: "paused" }
  /** Ended: closed by this program, or for a reason that a retry does not change, such as STREAM_REPLACED, STREAM_LIMIT_REACHED or a sign-out. */
  | { readonly status: "closed"; readonly fault?: Fault };

export interface SubscribeOptions {
  /**
   * Receives events in order, each once: numbered ones by number, games by version. If it returns a promise, the next events wait
   * for it, and the cursors advance only then: a program that stores events elsewhere, as in a database, loses none in a crash and
   * may receive the last ones again. An error that it throws is reported as uncaught; the events count as received.
   *
   * `hello` and `heartbeat` are delivered, too. A `resync_required` says that something in its room (or in the notifications, if it
   * names none) cannot be delivered event by event: read it by ListRooms, ListMessages or ListNotifications. The client creates one
   * itself, with the reason unspecified, for a room that the user has joined while there was no stream. After a `hello`, events
   * without a number may have been missed: who is typing, and how far others have read.
   */
  onEvents(events: readonly Event[]): void | Promise<void>;
  /**
   * Keeps the cursors over restarts, as `dongbaejul.cursors.<user id>`. In memory when left out: then a new subscription starts with
   * what happens from now on.
   */
  cursors?: KeyValueStorage;
  /**
   * The client's name for this device or tab, the same over restarts: its newest stream ends an older one. A random one for each
   * subscription when left out.
   */
  deviceId?: string;
  /**
   * How many entries of a room's log, or notifications, the server may send to catch up, from 1 to 10,000. If more are missing,
   * it sends only a `resync_required` (BACKLOG_TOO_LARGE) and continues with what happens from then on. All when left out; a club
   * asks for 500.
   */
  maxBacklog?: number;
  /** Whether fetch can stream: "auto" finds out, and polls if it cannot. "auto" when left out. */
  streaming?: "auto" | "always" | "never";
  /** Ends the subscription. */
  signal?: AbortSignal;
  /** Times, in milliseconds. */
  timing?: Partial<SubscribeTiming>;
}

export interface SubscribeTiming {
  /** The first delay before a reconnect is random up to this; the limit doubles each time. 500. */
  minDelayMs: number;
  /** The longest delay, unless the server asks for a longer one. 30,000. */
  maxDelayMs: number;
  /** A stream that has lasted this long resets the delays. 10,000. */
  stableMs: number;
  /** How long to wait for a stream's hello. 10,000. */
  helloMs: number;
  /** How long one poll waits for an event. 25,000. */
  pollMs: number;
  /** The minimum time between two polls, since the server limits calls. 1,500. */
  pollGapMs: number;
  /** How long the connection is kept in the background. As the lifecycle says; else 20,000. */
  backgroundMs: number;
}

/** A subscription to everything that the user may see. */
export interface Subscription {
  readonly state: Readable<SubscriptionState>;
  /** Reconnects at once if it waits. */
  reconnect(): void;
  /** Ends the subscription. Resolves when no listener will be called any more. */
  close(): Promise<void>;
}
