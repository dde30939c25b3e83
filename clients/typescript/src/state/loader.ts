import { isTransient } from "../errors.js";
import type { Fault } from "../errors.js";
import { fullJitter, sleep } from "../timers.js";

/** The state of a list that is loaded from the server. */
export interface Loading {
  /** Whether it was loaded once, or is shown from the cache: before that, a list is empty because nothing is known. */
  readonly loaded: boolean;
  /** Whether it was kept from an earlier time and may be out of date, until the server's answer replaces it. */
  readonly fromCache: boolean;
  /** Whether it is being loaded. */
  readonly loading: boolean;
  /** Why loading it failed last. It is retried while the error is transient. */
  readonly fault?: Fault;
}

/** The state of a Loader. */
export type LoaderState = Omit<Loading, "fromCache">;

/** Returns the state of a list; `restored` says whether it was filled from the cache. */
export function loadingOf(state: LoaderState, restored: boolean): Loading {
  const fromCache = restored && !state.loaded;
  return { ...state, loaded: state.loaded || fromCache, fromCache };
}

/** Loads something from the server on request: once at a time, with retries. */
export class Loader {
  private state: LoaderState = { loaded: false, loading: false };
  private again = false;
  private wake = () => {};
  private running: Promise<void> | undefined;

  /** `load` requests and stores the data; its signal aborts when that is no longer wanted. */
  constructor(
    private readonly load: (signal: AbortSignal) => Promise<void>,
    private readonly signal: AbortSignal,
    private readonly changed: () => void,
    private readonly fault: (error: unknown) => Fault,
  ) {}

  get loading(): LoaderState {
    return this.state;
  }

  /** Loads it again. Resolves when that has succeeded, or is given up. */
  request(): Promise<void> {
    if (this.running !== undefined) {
      this.again = true;
      this.wake();
      return this.running;
    }
    const running = this.run();
    // If aborted, the run has ended already, and nothing would clear it.
    return this.signal.aborted ? running : (this.running = running);
  }

  private async run(): Promise<void> {
    for (let attempt = 1; !this.signal.aborted; attempt++) {
      this.again = false;
      this.set({ loaded: this.state.loaded, loading: true });
      try {
        await this.load(this.signal);
        if (!this.again && !this.signal.aborted) {
          this.end({ loaded: true, loading: false });
          return;
        }
        attempt = 0;
      } catch (e) {
        const fault = this.fault(e);
        const waits = isTransient(fault) && !this.signal.aborted;
        if (!waits) {
          this.end({ loaded: this.state.loaded, loading: false, fault });
          return;
        }
        this.set({ loaded: this.state.loaded, loading: true, fault });
        const asked = sleep(fault.retryAfterMs ?? 0, this.signal);
        const { over, early: wake } = sleep(fullJitter(attempt, 500, 30_000), this.signal);
        this.wake = wake;
        // A request shortens its own delay, not the one that the server asked for.
        await Promise.all([over, asked.over]);
        this.wake = () => {};
      }
    }
  }

  /** Ends a run before listeners are notified: a request from then on begins another. */
  private end(state: LoaderState): void {
    this.running = undefined;
    this.set(state);
  }

  private set(state: LoaderState): void {
    this.state = state;
    this.changed();
  }
}
