import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Log } from "../logger.js";

type Payload = Exclude<Event["payload"], { case: undefined }>;

/** The kinds of events, such as "postCreated". */
export type EventName = Payload["case"];

/** What an event of a kind carries. */
export type EventValue<N extends EventName> = Extract<Payload, { case: N }>["value"];

/** Calls listeners with events. An error of a listener is logged, and the others are called. */
export class Listeners {
  private readonly calls = new Set<(event: Event) => unknown>();

  constructor(private readonly log: Log) {}

  /** Calls the listener with every event of a kind. Returns a function that removes it. */
  on<N extends EventName>(name: N, listener: (value: EventValue<N>, event: Event) => unknown): () => void {
    return this.onAny((event) => (event.payload.case === name ? listener(event.payload.value as EventValue<N>, event) : undefined));
  }

  /** Calls the listener with every event. Returns a function that removes it. */
  onAny(listener: (event: Event) => unknown): () => void {
    const call = (event: Event) => listener(event);
    this.calls.add(call);
    return () => void this.calls.delete(call);
  }

  /** Calls the listeners of an event. */
  notify(event: Event): void {
    const failed = (error: unknown) => this.log("error", "listener failed", { event: event.payload.case, error });
    for (const call of [...this.calls]) {
      try {
        const result = call(event);
        if (result instanceof Promise) {
          result.catch(failed);
        }
      } catch (error) {
        failed(error);
      }
    }
  }
}
