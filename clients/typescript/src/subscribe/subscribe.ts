import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { cannotStream, notOurs } from "../connection.js";
import type { Connection } from "../connection.js";
import { isNamed } from "../errors.js";
import type { Fault } from "../errors.js";
import { EventService } from "../gen/dongbaejul/v1/events_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Lifecycle } from "../lifecycle.js";
import { cell } from "../state/observable.js";
import { bounded, fullJitter, linked, randomId, sleep } from "../timers.js";
import type { Linked } from "../timers.js";
import { createRelay } from "./deliver.js";
import type { SubscribeOptions, SubscribeTiming, Subscription, SubscriptionState } from "./types.js";

/**
 * Subscribes to everything the user may see, until it is closed: it resumes by cursors, reconnects with full jitter, notices
 * connections that have died silently, and polls where fetch cannot stream.
 */
export function subscribe(connection: Connection, options: SubscribeOptions): Subscription {
  const timing = { ...usual, backgroundMs: connection.lifecycle?.backgroundMs ?? usual.backgroundMs, ...options.timing };
  const service = connection.service(EventService);
  const deviceId = options.deviceId ?? randomId();
  const state = cell<SubscriptionState>({ status: "connecting", attempt: 1 });
  const closing = new AbortController();
  const relay = createRelay(connection, options, closing.signal);
  const way = createWay(connection, options);
  /** Ends the connection that is open or opening. */
  let connected: Linked | undefined;
  /** Ends a wait early. */
  let early = () => {};
  let attempt = 0;
  let heartbeatMs = 15_000;
  /** When something was heard last, or was asked for, as Date.now counts: timers stand still in the background, clocks do not. */
  let heard = 0;
  let background = false;
  /** Why the session that this belongs to is over. */
  let leftBy: Fault | undefined;

  const close = () => closing.abort();
  const wake = () => {
    attempt = 0;
    early();
  };

  /** Waits, unless somebody ends that early. */
  const nap = async (ms: number, signal: AbortSignal) => {
    const wait = sleep(ms, signal);
    early = wait.early;
    await wait.over;
    early = () => {};
  };

  const watchLifecycle = ({ onForeground, onBackground, onOnline }: Lifecycle): (() => void)[] => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    return [
      onForeground(() => {
        clearTimeout(timer);
        background = false;
        if (Date.now() - heard > heartbeatMs * beats) {
          connected?.end();
        }
        wake();
      }),
      onBackground(() => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          background = true;
          connected?.end();
          early();
        }, timing.backgroundMs);
      }),
      onOnline(() => {
        // Connections do not outlive a change of the network, though nobody says so.
        if (Date.now() - heard > 1_000) {
          connected?.end();
        }
        wake();
      }),
      () => clearTimeout(timer),
    ];
  };

  /** Ends the subscription when somebody else is signed in, or nobody. */
  const watchSession = (userId: string): (() => void) => {
    const session = connection.session.state;
    return session.subscribe(() => {
      const next = session.getSnapshot();
      if (next.status !== "signed_in" || next.userId !== userId) {
        leftBy ??= (next.status === "signed_out" ? next.fault : undefined) ?? nobody();
        close();
      }
    });
  };
  const nobody = () => connection.fault(new ConnectError("nobody is signed in", Code.Unauthenticated));

  /** Runs until it is over, and gives why where nobody closed it. */
  const run = async (): Promise<Fault | undefined> => {
    while (!closing.signal.aborted) {
      if (background) {
        state.set({ status: "paused" });
        await nap(forever, closing.signal);
        continue;
      }
      const error = await connect();
      if (!closing.signal.aborted && !background && error !== again) {
        const fault = connection.fault(error);
        if (isNamed(error) && isFinal(fault)) {
          return fault;
        }
        await rest(fault);
      }
    }
    return leftBy;
  };

  /** Waits before coming back. */
  const rest = async (fault: Fault) => {
    const delay = Math.max(fullJitter(attempt, timing.minDelayMs, timing.maxDelayMs), fault.retryAfterMs ?? 0);
    state.set({ status: "waiting", attempt, retryAt: Date.now() + delay, fault });
    await nap(delay, closing.signal);
  };

  /** Connects once, and gives why that ended; `again` to connect anew at once. */
  const connect = async (): Promise<unknown> => {
    attempt++;
    state.set({ status: "connecting", attempt });
    const { signal, end } = (connected = linked(closing.signal));
    heard = Date.now();
    let openedAt = 0;
    const hear = async (events: readonly Event[]) => {
      heard = Date.now();
      heartbeatMs = heartbeatOf(events) ?? heartbeatMs;
      const goesOn = openedAt > 0;
      if (!goesOn) {
        openedAt = heard;
        state.set({ status: "open", by: way.polls ? "poll" : "stream" });
      }
      await relay.pass(events, goesOn);
    };
    try {
      await (way.polls ? poll(hear, signal) : stream(hear, signal));
      return new ConnectError("the stream has ended", Code.Unavailable);
    } catch (e) {
      const ours = signal.aborted;
      if (e === again || (!ours && way.changes(openedAt > 0, e))) {
        return again;
      }
      // Ended by ourselves, to connect anew.
      return ours && openedAt > 0 ? again : notOurs(e, undefined);
    } finally {
      connected = undefined;
      end();
      // Only a connection that has held earns delays that begin anew: one that dies at once must not spin.
      if (openedAt > 0 && Date.now() - openedAt >= timing.stableMs) {
        attempt = 0;
      }
    }
  };

  const stream = async (hear: Hear, signal: AbortSignal) => {
    const responses = service.subscribe({ ...relay.open(), deviceId }, { signal })[Symbol.asyncIterator]();
    for (let patience = timing.helloMs; ; patience = heartbeatMs * beats) {
      const result = await bounded(responses.next(), patience, signal, () => silent);
      if (result.done === true) {
        return;
      }
      way.streams();
      await hear(result.value.events);
    }
  };

  const poll = async (hear: Hear, signal: AbortSignal) => {
    for (let waitMs = 0; ; waitMs = timing.pollMs) {
      const began = Date.now();
      const { events } = await service.poll({ ...relay.open(), waitMs }, { signal, timeoutMs: waitMs + 15_000 });
      await hear(events);
      if (way.streamsAgain()) {
        throw again;
      }
      if (waitMs > 0) {
        await nap(Math.max(0, began + timing.pollGapMs - Date.now()), signal);
      }
    }
  };

  const begin = async (): Promise<Fault | undefined> => {
    const session = await connection.session.ready();
    if (session.status !== "signed_in") {
      return nobody();
    }
    const unwatch = [watchSession(session.userId), ...(connection.lifecycle === undefined ? [] : watchLifecycle(connection.lifecycle))];
    try {
      await relay.begin(session.userId);
      return await run();
    } finally {
      unwatch.forEach((end) => end());
    }
  };

  options.signal?.addEventListener("abort", close);
  if (options.signal?.aborted === true) {
    close();
  }
  const over = begin()
    .catch((e: unknown) => connection.fault(e))
    .then((fault) => {
      options.signal?.removeEventListener("abort", close);
      state.set({ status: "closed", ...(fault === undefined ? {} : { fault }) });
      return relay.saved();
    });
  return {
    state,
    reconnect: wake,
    close: () => {
      close();
      return over;
    },
  };
}

/** Takes what was heard. */
type Hear = (events: readonly Event[]) => Promise<void>;

const usual: SubscribeTiming = {
  minDelayMs: 500,
  maxDelayMs: 30_000,
  stableMs: 10_000,
  helloMs: 10_000,
  pollMs: 25_000,
  pollGapMs: 1_500,
  backgroundMs: 20_000,
};

/** A stream that is silent for this many heartbeats is dead. */
const beats = 2.5;
/** As long as timers can wait. */
const forever = 2 ** 31 - 1;
/** What is wrong with a stream that brings nothing. */
const silent = new ConnectError("the stream is silent", Code.Unavailable);
/** Thrown in place of an error to connect again at once. */
const again = new Error("again");

function heartbeatOf(events: readonly Event[]): number | undefined {
  for (const { payload } of events) {
    if (payload.case === "hello" && payload.value.heartbeatInterval !== undefined) {
      return durationMs(payload.value.heartbeatInterval);
    }
  }
  return undefined;
}

/** How long polling goes on before a stream is tried again, where streams bring nothing; doubled each time. */
const restreamMs = 5 * 60_000;
const maxRestreamMs = 60 * 60_000;

/** Decides whether to stream or to poll. */
function createWay({ pollsOnly, fault }: Connection, { streaming = "auto" }: SubscribeOptions) {
  const never = streaming === "never" || (streaming === "auto" && pollsOnly);
  const way = {
    polls: never,
    /** Notes that a stream brings something. */
    streams: () => {
      streamed = true;
      mute = restreams = 0;
    },
    /** Whether it is time to try a stream again. */
    streamsAgain: () => {
      const due = Date.now() > streamAgainAt;
      way.polls = !due;
      return due;
    },
    /** Takes note of a connection that failed, before or after it brought something; true to go the other way at once. */
    changes: (opened: boolean, error: unknown): boolean => {
      if (way.polls) {
        // Where polling fails as well, it was not the stream.
        way.polls = never || opened || streamAgainAt === Infinity;
        return false;
      }
      const cannot = fault(error).reason === cannotStream;
      if (opened || streaming === "always" || (!cannot && error !== silent)) {
        mute = 0;
        return false;
      }
      // Something in between may hold streams back, as some proxies and React Native's own fetch do.
      mute++;
      way.polls = cannot || !streamed || mute > 1;
      streamAgainAt = cannot ? Infinity : Date.now() + Math.min(maxRestreamMs, restreamMs * 2 ** restreams++);
      return way.polls;
    },
  };
  let streamAgainAt = Infinity;
  /** Whether a stream has ever brought something, and how many in a row have not. */
  let streamed = false;
  let mute = 0;
  let restreams = 0;
  return way;
}

/** Tells whether coming back does not change what the server has said. */
function isFinal({ kind }: Fault): boolean {
  return ["invalid", "denied", "not_found", "exists", "precondition", "unimplemented"].includes(kind);
}
