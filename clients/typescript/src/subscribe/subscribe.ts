import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { faultFields, isNamed } from "../errors.js";
import type { Fault } from "../errors.js";
import { cell } from "../state/observable.js";
import { fullJitter, randomId, sleep } from "../timers.js";
import { createDelivery } from "./deliver.js";
import { createTransport } from "./transport.js";
import type { SubscribeOptions, SubscribeTiming, Subscription, SubscriptionState } from "./types.js";

/** A state of a subscription. It runs until the next state and returns that, or undefined at the end. */
type State = () => Promise<State | undefined>;

/**
 * Subscribes to everything the user may see, until it is closed: it resumes by cursors, reconnects with full jitter, notices
 * connections that have died silently, and polls where fetch cannot stream. It is a state machine:
 *
 *     connecting → open → waiting → connecting …     when the connection breaks or is refused
 *     connecting → open → connecting …               when another is better: a new network, a stream in place of polling
 *     any → paused → connecting …                    in the background, until the program is shown
 *     any → closed                                   closed, signed out, refused for good
 */
export function subscribe(connection: Connection, options: SubscribeOptions): Subscription {
  const { backgroundMs = defaults.backgroundMs } = connection.lifecycle ?? {};
  const timing = { ...defaults, backgroundMs, ...options.timing };
  const state = cell<SubscriptionState>({ status: "connecting", attempt: 1 });
  state.subscribe(() => logState(connection, state.getSnapshot()));
  const closing = new AbortController();
  const delivery = createDelivery(connection, options, closing.signal);
  const deviceId = options.deviceId ?? randomId();
  const transport = createTransport(connection, options, timing, deviceId, () => delivery.open(), closing.signal);
  /** The number of attempts since the last stable connection. */
  let attempt = 0;
  let inBackground = false;
  let endSleep = () => {};
  /** Until when the server has asked not to retry, and with which fault. Nothing shortens that wait. */
  let asked: { readonly until: number; readonly fault: Fault } | undefined;
  /** Why it is closed; undefined if the program closes it. */
  let fault: Fault | undefined;

  const connecting: State = async () => {
    state.set({ status: "connecting", attempt: ++attempt });
    const { error, openMs, again } = await transport.connect(async (events, isFirst) => {
      if (isFirst) {
        state.set({ status: "open", by: transport.by });
      }
      await delivery.deliver(events, isFirst);
    });
    // Only a stable connection resets the delays: one that breaks at once must not be retried in a loop.
    if (openMs >= timing.stableMs) {
      attempt = 0;
    }
    const refusal = connection.fault(error);
    if (!again && isNamed(error) && isFinal(refusal)) {
      fault = refusal;
      return undefined;
    }
    const { retryAfterMs = 0 } = refusal;
    asked = { until: Date.now() + retryAfterMs, fault: refusal };
    return again ? connecting : () => waiting(Math.max(fullJitter(attempt, timing.minDelayMs, timing.maxDelayMs), retryAfterMs), refusal);
  };

  const waitAsAsked: State = async () => (asked === undefined ? connecting : waiting(asked.until - Date.now(), asked.fault));

  const waiting = (delay: number, refusal: Fault): Promise<State> => {
    state.set({ status: "waiting", attempt, retryAt: Date.now() + delay, fault: refusal });
    return sleeping(delay);
  };

  const paused: State = () => {
    state.set({ status: "paused" });
    return sleeping(forever);
  };

  const sleeping = async (ms: number): Promise<State> => {
    const { over, early } = sleep(ms, closing.signal);
    endSleep = early;
    await over;
    return asked !== undefined && Date.now() < asked.until ? waitAsAsked : connecting;
  };

  const close = () => closing.abort();
  const reconnect = () => {
    attempt = 0;
    endSleep();
  };

  /** Closes the subscription if its user is no longer signed in. */
  const checkUser = (userId: string) => {
    const session = connection.session.state.getSnapshot();
    if (session.status !== "signed_in" || session.userId !== userId) {
      const ended = session.status === "signed_out" ? session.fault : undefined;
      fault ??= ended ?? connection.fault(new ConnectError("nobody is signed in", Code.Unauthenticated));
      close();
    }
  };

  /** Watches whether the program is shown and has a network. Returns a function that stops watching. */
  const watchProgram = () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    return [
      connection.lifecycle?.onForeground(() => {
        clearTimeout(timer);
        inBackground = false;
        transport.end(transport.maxSilenceMs());
        reconnect();
      }),
      connection.lifecycle?.onBackground(() => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          inBackground = true;
          transport.end();
          endSleep();
        }, timing.backgroundMs);
      }),
      connection.lifecycle?.onOnline(() => {
        // Connections break silently when the network changes.
        transport.end(1_000);
        reconnect();
      }),
      () => clearTimeout(timer),
    ];
  };

  const run = async () => {
    const session = await connection.session.ready();
    const userId = session.status === "signed_in" ? session.userId : "";
    const check = () => checkUser(userId);
    const ends = [connection.session.state.subscribe(check), ...watchProgram()];
    check();
    try {
      if (!closing.signal.aborted) {
        await delivery.load(userId);
      }
      let next: State | undefined = connecting;
      while (next !== undefined && !closing.signal.aborted) {
        next = await (inBackground ? paused : next)();
      }
    } finally {
      ends.forEach((end) => end?.());
    }
  };

  options.signal?.addEventListener("abort", close);
  if (options.signal?.aborted === true) {
    close();
  }
  const closed = run()
    .catch((e: unknown) => void (fault = connection.fault(e)))
    .then(() => {
      options.signal?.removeEventListener("abort", close);
      state.set({ status: "closed", ...(fault && { fault }) });
      return delivery.saved();
    });
  return {
    state,
    reconnect,
    close: () => {
      close();
      return closed;
    },
  };
}

const defaults: SubscribeTiming = {
  minDelayMs: 500,
  maxDelayMs: 30_000,
  stableMs: 10_000,
  helloMs: 10_000,
  pollMs: 25_000,
  pollGapMs: 1_500,
  backgroundMs: 20_000,
};

/** The longest delay of a timer. */
const forever = 2 ** 31 - 1;

/** Reports whether a refusal is permanent. */
function isFinal({ kind }: Fault): boolean {
  return ["invalid", "denied", "not_found", "exists", "precondition", "unimplemented"].includes(kind);
}

function logState({ log }: Connection, state: SubscriptionState): void {
  const { status, ...more } = state;
  const cause = "fault" in more && more.fault !== undefined ? faultFields(more.fault) : {};
  log(status === "connecting" ? "debug" : "info", "subscription", {
    ...{ status, ...("by" in more && { by: more.by }), ...("attempt" in more && { attempt: more.attempt }) },
    ...cause,
  });
}
