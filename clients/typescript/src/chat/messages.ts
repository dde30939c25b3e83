import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Fault } from "../errors.js";
import type { ChatService, Message } from "../gen/dongbaejul/v1/chat_pb.js";
import { Loader, loadingOf } from "../state/loader.js";
import type { LoaderState, Loading } from "../state/loader.js";
import type { Batch } from "../state/store.js";

const pageSize = 50;

export interface MessageRunConfig {
  readonly chat: ServiceClient<typeof ChatService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  readonly roomId: string;
  /** How many are kept while the room is open, besides older ones that were loaded, and while it is not. */
  readonly maxMessages: number;
  readonly maxClosedMessages: number;
  /** Whether messages of which some may be missing are shown until they are loaded again. */
  readonly keepsStale: boolean;
  readonly isOpen: () => boolean;
  /** Is called when something may have changed. */
  readonly touch: () => void;
}

/** The messages of a room that are kept: in order, without holes from the first to the newest. */
export class MessageRun {
  private items: readonly Message[] = [];
  private older = false;
  /** How many may be kept while the room is open. */
  private limit: number;
  /** The events since the newest page was requested. The page may not have them. */
  private since: { readonly messages: Message[]; readonly amended: Message[] } = { messages: [], amended: [] };
  private loader: Loader;
  /** Set while messages are shown that are not the server's latest: the room's `last_seq` up to which they are complete, or 0. */
  private staleAt: bigint | undefined;
  private loadingOlder: Promise<void> | undefined;

  constructor(private readonly config: MessageRunConfig) {
    this.limit = config.maxMessages;
    this.loader = this.newLoader();
  }

  /** Empty until they are loaded. */
  get messages(): readonly Message[] {
    return this.items;
  }

  /** Whether the server has older ones. */
  get hasOlder(): boolean {
    return this.older;
  }

  get loading(): LoaderState {
    return this.loader.loading;
  }

  /** How they are shown. */
  get shown(): Loading {
    return loadingOf(this.loading, this.staleAt !== undefined);
  }

  /** Up to which `last_seq` of the room they are complete, if they came from the cache; undefined if they did not. */
  get upTo(): bigint | undefined {
    return this.staleAt;
  }

  /** Shows messages from the cache, which are complete up to a `last_seq` of the room, until the server's are loaded. */
  restore(messages: readonly Message[], hasOlder: boolean, upTo: bigint): void {
    if (!this.loading.loaded && this.items.length === 0 && (messages.length > 0 || upTo > 0n)) {
      this.staleAt = upTo;
      this.set(messages, hasOlder);
    }
  }

  /** Loads the newest ones, unless they are there. Resolves when that has succeeded, or is given up. */
  async load(): Promise<void> {
    if (!this.loading.loaded) {
      await this.loader.request();
    }
  }

  /** Notes that messages may be missing. They are loaded again when the room is open. */
  reload(): void {
    if (this.config.isOpen() || this.loading.loading) {
      void this.loader.request();
      return;
    }
    if (!this.config.keepsStale) {
      this.loader = this.newLoader();
      this.set([], false);
    } else if (this.loading.loaded) {
      this.loader = this.newLoader();
      this.staleAt = 0n;
      this.config.touch();
    }
  }

  /** Loads a page of older ones, once at a time. */
  loadOlder(): Promise<void> {
    const [oldest] = this.items;
    if (oldest === undefined || !this.older) {
      return Promise.resolve();
    }
    this.loadingOlder ??= this.loadBefore(oldest).finally(() => (this.loadingOlder = undefined));
    return this.loadingOlder;
  }

  private async loadBefore(oldest: Message): Promise<void> {
    const { chat, batch, signal, roomId } = this.config;
    const { messages, hasMore } = await chat.listMessages({ roomId, before: oldest.id, limit: pageSize }, { signal });
    // Otherwise the message that they precede was dropped meanwhile.
    if (this.items[0]?.id === oldest.id) {
      this.limit += messages.length;
      batch.run(() => this.set([...messages.reverse(), ...this.items], hasMore));
    }
  }

  private newLoader(): Loader {
    const { signal, touch, fault } = this.config;
    return new Loader((s) => this.loadNewest(s), signal, touch, fault);
  }

  private async loadNewest(signal: AbortSignal): Promise<void> {
    const { chat, batch, roomId } = this.config;
    this.since = { messages: [], amended: [] };
    const { messages, hasMore } = await chat.listMessages({ roomId, limit: pageSize }, { signal });
    batch.run(() => {
      const newest = messages[0]?.seq ?? 0n;
      const later = this.since.messages.filter((m) => m.seq > newest);
      this.staleAt = undefined;
      this.set(later.reduce<readonly Message[]>(withMessage, messages.reverse()), hasMore);
      this.since.amended.forEach((message) => this.replace(message));
    });
  }

  /** Takes a new message, once. */
  insert(message: Message): void {
    const { loading, loaded } = this.loading;
    if (loading) {
      this.since.messages.push(message);
    }
    const first = this.items[0]?.seq ?? 0n;
    // Messages between an older one and the first may be missing.
    if ((loaded || this.staleAt !== undefined) && !(this.older && message.seq < first)) {
      this.set(withMessage(this.items, message), this.older);
    }
  }

  /** Takes a message that has changed. */
  amend(message: Message): void {
    if (this.loading.loading) {
      this.since.amended.push(message);
    }
    this.replace(message);
  }

  private replace(message: Message): void {
    const at = placeOf(this.items, message.seq);
    if (this.items[at]?.id === message.id) {
      this.items = this.items.map((m, i) => (i === at ? message : m));
      this.config.touch();
    }
  }

  /** Drops the messages beyond the limit for closed rooms. */
  close(): void {
    this.limit = this.config.maxMessages;
    this.set(this.items, this.older);
  }

  private set(messages: readonly Message[], hasOlder: boolean): void {
    const limit = this.config.isOpen() ? this.limit : this.config.maxClosedMessages;
    this.items = messages.slice(Math.max(0, messages.length - limit));
    this.older = hasOlder || messages.length > limit;
    this.config.touch();
  }
}

/** Returns the index of the first message at seq or after it. */
function placeOf(messages: readonly Message[], seq: bigint): number {
  // Nearly always it is at the end.
  let at = messages.length;
  for (let before = messages[at - 1]; before !== undefined && before.seq >= seq; before = messages[at - 1]) {
    at--;
  }
  return at;
}

/** Returns messages with one inserted in order, unless they have it. */
function withMessage(messages: readonly Message[], message: Message): readonly Message[] {
  const at = placeOf(messages, message.seq);
  return messages[at]?.seq === message.seq ? messages : [...messages.slice(0, at), message, ...messages.slice(at)];
}
