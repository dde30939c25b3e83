import type { Fault } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Readable } from "../state/observable.js";
import type { KeyValueStorage } from "../storage.js";

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
  /** Over: closed by this program, or for a reason that coming back does not change, such as STREAM_REPLACED, STREAM_LIMIT_REACHED or a sign-out. */
  | { readonly status: "closed"; readonly fault?: Fault };

export interface SubscribeOptions {
  /**
   * Gets what has happened, in order, each thing once: numbered ones by their number, games by their version. Where it returns
   * a promise, the next events wait for it, and the cursors move on only then: what keeps events elsewhere (a database) loses
   * none in a crash, and may see the last ones again. An error that it throws is the program's, and reported as any that nobody
   * catches; the events count as taken.
   *
   * `hello` and `heartbeat` are passed on, too. A `resync_required` says that something of the room named (or of the
   * notifications, where none is) cannot be given one by one: read it again by ListRooms, ListMessages or ListNotifications. The
   * client makes one itself, with the reason unspecified, for a room that the user has come into while there was no stream. After
   * a `hello` what is not numbered may have been missed: who is typing, and how far others have read.
   */
  onEvents(events: readonly Event[]): void | Promise<void>;
  /**
   * Keeps the cursors over restarts, as `dongbaejul.cursors.<user id>`. In memory when left out: then a new subscription begins with
   * what happens from now on.
   */
  cursors?: KeyValueStorage;
  /**
   * The client's name for this device or tab, the same over restarts: its newest stream ends an older one. A random one for each
   * subscription when left out.
   */
  deviceId?: string;
  /**
   * How many entries of a room's log, or notifications, the server may send to catch up, from 1 to 10,000. Of a log that is further
   * ahead it sends none: a `resync_required` says so (BACKLOG_TOO_LARGE), and what happens from then on follows. All when left out; a
   * club asks for 500.
   */
  maxBacklog?: number;
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
  /** A stream that has held this long resets the delays. 10,000. */
  stableMs: number;
  /** How long to wait for a stream's hello. 10,000. */
  helloMs: number;
  /** How long one poll waits for something to happen. 25,000. */
  pollMs: number;
  /** How long it is at least from one poll to the next: the server counts calls. 1,500. */
  pollGapMs: number;
  /** How long the connection is kept in the background. As the lifecycle says; else 20,000. */
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
