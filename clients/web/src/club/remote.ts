import type { Fault } from "@dongbaejul/client";

/** What was asked of the server, as it is known now. */
export interface Remote<T> {
  /** The last answer, also while it is asked again. */
  readonly value: T | undefined;
  /** Why the last try failed. */
  readonly fault: Fault | undefined;
  readonly loading: boolean;
}

interface Entry {
  remote: Remote<unknown>;
  asking: AbortController | undefined;
  /** When it was asked last, as Date.now counts. */
  askedAt: number;
  listeners: Set<() => void>;
}

/** What is known of what was never asked. */
export const nothing: Remote<never> = { value: undefined, fault: undefined, loading: false };

/** How many answers are kept that nothing shows. */
const maxIdle = 50;

/** Keeps answers of the server by key, so that a page come back to is there at once. */
export class RemoteCache {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly faultOf: (error: unknown) => Fault) {}

  get<T>(key: string): Remote<T> {
    return (this.entries.get(key)?.remote ?? nothing) as Remote<T>;
  }

  subscribe(key: string, listener: () => void): () => void {
    const { listeners } = this.entry(key);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      this.forgetIdle();
    };
  }

  /** Tells whether the server was asked within this time. */
  isFresh(key: string, ms: number): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.remote.fault === undefined && Date.now() - entry.askedAt < ms;
  }

  /** Puts a known value in place of what the server said. */
  set<T>(key: string, value: T) {
    this.update(key, { ...this.entry(key).remote, value });
  }

  /** Asks the server. An earlier question under the same key that is not answered yet no longer counts. */
  async ask<T>(key: string, question: (signal: AbortSignal) => Promise<T>) {
    const entry = this.entry(key);
    entry.asking?.abort();
    const asking = new AbortController();
    entry.asking = asking;
    entry.askedAt = Date.now();
    this.update(key, { ...entry.remote, loading: true });
    let answer: Partial<Remote<T>>;
    try {
      answer = { value: await question(asking.signal), fault: undefined };
    } catch (error) {
      answer = { fault: this.faultOf(error) };
    }
    if (entry.asking !== asking) return;
    entry.asking = undefined;
    this.update(key, { ...entry.remote, ...answer, loading: false });
  }

  private entry(key: string): Entry {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { remote: nothing, asking: undefined, askedAt: 0, listeners: new Set() };
      this.entries.set(key, entry);
    }
    return entry;
  }

  private update(key: string, remote: Remote<unknown>) {
    const entry = this.entry(key);
    entry.remote = remote;
    for (const listener of [...entry.listeners]) listener();
  }

  /** Lets go of the oldest that nothing shows. */
  private forgetIdle() {
    const idle = [...this.entries].filter(([, entry]) => entry.listeners.size === 0);
    for (const [key] of idle.slice(0, -maxIdle)) this.entries.delete(key);
  }
}
