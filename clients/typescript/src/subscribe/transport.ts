import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { cannotStream, notOurs } from "../connection.js";
import type { Connection } from "../connection.js";
import { EventService } from "../gen/dongbaejul/v1/events_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { bounded, linked, sleep } from "../timers.js";
import type { Linked } from "../timers.js";
import type { Cursors } from "./cursors.js";
import type { SubscribeOptions, SubscribeTiming } from "./types.js";

/** Receives events over one connection at a time: a stream, or polling if streams deliver nothing. */
export interface Transport {
  readonly by: "stream" | "poll";
  /** Opens a connection and calls `receive` with its events. Resolves when it has ended. */
  connect(receive: (events: readonly Event[], isFirst: boolean) => Promise<void>): Promise<Outcome>;
  /** Ends the connection if it has received nothing for this many milliseconds. */
  end(withinMs?: number): void;
  /** Returns how long a connection may be silent before it is dead. */
  maxSilenceMs(): number;
}

/** How a connection has ended. */
export interface Outcome {
  readonly error: ConnectError;
  /** How long it was open, in milliseconds. */
  readonly openMs: number;
  /** Whether the next one is to be opened at once. */
  readonly again: boolean;
}

/** A stream is dead after this many silent heartbeats. */
const maxSilentBeats = 2.5;
/** How long to poll before a stream is tried again, if streams deliver nothing; doubled each time. */
const restreamMs = 5 * 60_000;
const maxRestreamMs = 60 * 60_000;

const ended = new ConnectError("the stream has ended", Code.Unavailable);
const silent = new ConnectError("the stream is silent", Code.Unavailable);
/** Thrown to open a stream in place of polling. */
const restream = new Error("it is time to stream again");

/** Creates a transport. `open` returns where a connection is to begin; `signal` ends it. */
export function createTransport(
  connection: Connection,
  { streaming = "auto", maxBacklog }: SubscribeOptions,
  { helloMs, pollMs, pollGapMs }: SubscribeTiming,
  deviceId: string,
  open: Cursors["open"],
  signal: AbortSignal,
): Transport {
  const service = connection.service(EventService);
  const pollsAlways = streaming === "never" || (streaming === "auto" && connection.pollsOnly);
  let polls = pollsAlways;
  let link: Linked | undefined;
  let heartbeatMs = 15_000;
  /** When something was last received or requested, as of Date.now: timers stop in the background, the clock does not. */
  let receivedAt = 0;
  /** When polling is to end. */
  let restreamAt = Infinity;
  /** Whether a stream has ever delivered something, how many in a row have not, and how often polling has replaced them. */
  let hasStreamed = false;
  let silentStreams = 0;
  let restreams = 0;

  const request = () => ({ ...open(), ...(maxBacklog && { maxBacklog }) });
  const maxSilenceMs = () => heartbeatMs * maxSilentBeats;

  async function* stream(signal: AbortSignal) {
    const responses = service.subscribe({ ...request(), deviceId }, { signal })[Symbol.asyncIterator]();
    for (let ms = helloMs; ; ms = maxSilenceMs()) {
      const { done, value } = await bounded(responses.next(), ms, signal, () => silent);
      if (done === true) {
        return;
      }
      hasStreamed = true;
      silentStreams = restreams = 0;
      yield value.events;
    }
  }

  async function* poll(signal: AbortSignal) {
    for (let waitMs = 0; ; waitMs = pollMs) {
      const began = Date.now();
      const { events } = await service.poll({ ...request(), waitMs }, { signal, timeoutMs: waitMs + 15_000 });
      yield events;
      if (Date.now() > restreamAt) {
        polls = false;
        throw restream;
      }
      if (waitMs > 0) {
        await sleep(Math.max(0, began + pollGapMs - Date.now()), signal).over;
      }
    }
  }

  /** Counts a failed connection. Reports whether to switch between stream and polling at once. */
  const changesKind = (opened: boolean, error: unknown): boolean => {
    if (polls) {
      // If polling fails too, the stream was not the cause.
      polls = pollsAlways || opened || restreamAt === Infinity;
      return false;
    }
    const cannot = connection.fault(error).reason === cannotStream;
    if (opened || streaming === "always" || (!cannot && error !== silent)) {
      silentStreams = 0;
      return false;
    }
    // Something in between may buffer streams, as some proxies and React Native's own fetch do.
    silentStreams++;
    polls = cannot || !hasStreamed || silentStreams > 1;
    restreamAt = cannot ? Infinity : Date.now() + Math.min(maxRestreamMs, restreamMs * 2 ** restreams++);
    return polls;
  };

  return {
    get by() {
      return polls ? "poll" : "stream";
    },
    async connect(receive) {
      const own = (link = linked(signal));
      let openedAt = 0;
      receivedAt = Date.now();
      try {
        for await (const events of polls ? poll(own.signal) : stream(own.signal)) {
          receivedAt = Date.now();
          heartbeatMs = heartbeatOf(events) ?? heartbeatMs;
          const isFirst = openedAt === 0;
          openedAt ||= receivedAt;
          await receive(events, isFirst);
        }
        throw ended;
      } catch (e) {
        const opened = openedAt > 0;
        const again = e === restream || (own.signal.aborted ? opened : changesKind(opened, e));
        return { error: notOurs(e, undefined), openMs: opened ? Date.now() - openedAt : 0, again };
      } finally {
        own.end();
      }
    },
    end(withinMs = -Infinity) {
      if (Date.now() - receivedAt > withinMs) {
        link?.end();
      }
    },
    maxSilenceMs,
  };
}

/** Returns the heartbeat interval of a hello, in milliseconds. */
function heartbeatOf(events: readonly Event[]): number | undefined {
  for (const { payload } of events) {
    if (payload.case === "hello" && payload.value.heartbeatInterval !== undefined) {
      return durationMs(payload.value.heartbeatInterval);
    }
  }
  return undefined;
}
