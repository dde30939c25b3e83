import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { OpenCache } from "../offline/types.js";
import { createOutbox } from "../outbox/outbox.js";
import type { Outbox, OutboxItem, OutgoingAttachment } from "../outbox/types.js";
import { subscribe } from "../subscribe/subscribe.js";
import type { Subscription, SubscriptionState } from "../subscribe/types.js";
import { OutboxLanes } from "./lanes.js";
import { Listeners } from "./listeners.js";
import type { EventName, EventValue } from "./listeners.js";
import { selected } from "./observable.js";
import type { Readable } from "./observable.js";
import { Batch } from "./store.js";
import type { Club, ClubOptions, ClubSource } from "./types.js";
import { userSlices, UserState } from "./user.js";

/** Creates the state of the user who is signed in. Call `start` when it is shown. */
export function createClub(client: ClubSource, options: ClubOptions = {}): Club {
  return new SessionClub(client, options);
}

/** Shows the state of the user who is signed in, and keeps it up to date by a subscription. */
class SessionClub implements Club {
  readonly outbox: Outbox;
  private readonly batch = new Batch(() => this.cache?.changed());
  private running = false;
  private unwatch: (() => void)[] = [];
  private readonly lanes = new OutboxLanes();
  private state: SubscriptionState = { status: "closed" };
  /** How often each room is open. It is kept when another user signs in. */
  private readonly open = new Map<string, number>();
  private readonly listeners: Listeners;
  private readonly onlines = new Map<string, Readable<boolean>>();

  // Of the user who is signed in; undefined while nobody is.
  private user: UserState | undefined;
  private cache: OpenCache | undefined;
  private subscription: Subscription | undefined;

  private readonly slices = userSlices(this.batch, () => this.user);
  readonly rooms = this.slices.rooms;
  readonly games = this.slices.games;
  readonly notifications = this.slices.notifications;
  readonly presence = this.slices.presence;
  readonly members = this.slices.members;
  readonly profile = this.slices.profile;
  readonly me = this.slices.me;
  readonly permissions = this.slices.permissions;
  readonly connection = this.batch.slice(() => this.state);

  constructor(
    private readonly client: ClubSource,
    private readonly options: ClubOptions,
  ) {
    this.outbox = options.outbox ?? createOutbox(client);
    this.listeners = new Listeners(client.log);
    if (options.onEvent !== undefined) {
      this.listeners.onAny(options.onEvent);
    }
  }

  readonly room = (id: string) => this.slices.room.of(id);
  readonly messages = (id: string) => this.slices.messages.of(id);
  readonly typing = (id: string) => this.slices.typing.of(id);
  readonly game = (id: string) => this.slices.game.of(id);

  online(userId: string): Readable<boolean> {
    const known = this.onlines.get(userId) ?? selected(this.presence, (online) => online.has(userId));
    this.onlines.set(userId, known);
    return known;
  }

  start(): void {
    if (this.running) {
      return;
    }
    this.running = true;
    const { session } = this.client;
    this.unwatch = [
      session.state.subscribe(() => this.sessionChanged()),
      this.outbox.subscribe(() => this.outboxChanged()),
      this.client.languageState.subscribe(() => this.user?.rooms.languageChanged()),
    ];
    this.outboxChanged();
    this.sessionChanged();
    session.ready().catch((e: unknown) => this.show({ status: "closed", fault: this.client.fault(e) }));
  }

  async stop(): Promise<void> {
    this.running = false;
    this.unwatch.forEach((f) => f());
    this.unwatch = [];
    const closed = this.closeUser();
    // Not after the await: by then the club may have been started again.
    this.show({ status: "closed" });
    await closed;
  }

  on<N extends EventName>(name: N, listener: (value: EventValue<N>, event: Event) => void): () => void {
    return this.listeners.on(name, listener);
  }

  reconnect(): void {
    if (this.user === undefined) {
      return;
    }
    if (this.state.status === "closed") {
      this.connect(this.user);
    } else {
      this.subscription?.reconnect();
    }
  }

  /** Shows the state of the user who is signed in now. */
  private sessionChanged(): void {
    const state = this.client.session.state.getSnapshot();
    const userId = state.status === "signed_in" ? state.userId : undefined;
    if (!this.running || (userId !== undefined && userId === this.user?.userId)) {
      return;
    }
    void this.closeUser();
    if (state.status === "unknown") {
      this.show({ status: "connecting", attempt: 1 });
      return;
    }
    if (userId === undefined) {
      this.show(
        state.status === "signed_out" && state.fault !== undefined ? { status: "closed", fault: state.fault } : { status: "closed" },
      );
      return;
    }
    this.openUser(userId);
  }

  private openUser(userId: string): void {
    const { client, options, batch, slices } = this;
    const user = new UserState({
      ...{ client, options, batch, userId, slices },
      outgoing: (lane) => this.lanes.of(lane),
      isOpen: (roomId) => this.open.has(roomId),
      sendRead: (roomId, seq) => this.sendRead(roomId, seq),
    });
    this.user = user;
    this.cache = options.cache?.open(userId, {
      restore: (state) => {
        if (this.user === user) {
          user.restore(state);
        }
      },
      state: () => user.cache(),
    });
    this.touchAll();
    this.connect(user);
  }

  private async closeUser(): Promise<void> {
    const { user, cache, subscription } = this;
    this.user = undefined;
    this.cache = undefined;
    this.subscription = undefined;
    if (user !== undefined) {
      const cached = cache?.close();
      user.stop();
      this.touchAll();
      await subscription?.close();
      await cached;
    }
  }

  private touchAll(): void {
    this.batch.run(() => Object.values(this.slices).forEach((slice) => ("touchAll" in slice ? slice.touchAll() : slice.touch())));
  }

  private connect(user: UserState): void {
    // A new subscription has no cursors: what is known may miss what happened since the last one.
    let first = true;
    const receive = (events: readonly Event[]) => {
      const hello = events.some(({ payload }) => payload.case === "hello");
      this.batch.run(() => {
        events.forEach((event) => user.apply(event));
        if (hello) {
          user.reload(first);
          first = false;
        }
      });
      events.forEach((event) => this.listeners.notify(event));
    };
    const subscription = subscribe(this.client, {
      // A room that is further ahead is shown by its newest page.
      maxBacklog: 500,
      ...this.options.subscribe,
      signal: user.signal,
      onEvents: (events) => {
        if (this.user === user) {
          receive(events);
        }
      },
    });
    this.subscription = subscription;
    const mirror = () => {
      if (this.subscription === subscription) {
        this.show(subscription.state.getSnapshot());
      }
    };
    subscription.state.subscribe(mirror);
    mirror();
  }

  private show(state: SubscriptionState): void {
    this.state = state;
    this.connection.touch();
    if (state.status === "open") {
      this.outbox.flush();
    }
  }

  private outboxChanged(): void {
    const { changed, lanes } = this.lanes.update(this.outbox.getSnapshot());
    this.batch.run(() => {
      changed.forEach((item) => this.user?.answered(item));
      lanes.forEach((lane) => this.user?.outgoingChanged(lane));
    });
  }

  // What the user does.

  readonly openRoom = (roomId: string): (() => void) => {
    this.open.set(roomId, (this.open.get(roomId) ?? 0) + 1);
    this.user?.rooms.openRoom(roomId);
    let closed = false;
    return () => {
      if (closed) {
        return;
      }
      closed = true;
      const left = (this.open.get(roomId) ?? 1) - 1;
      if (left > 0) {
        this.open.set(roomId, left);
        return;
      }
      this.open.delete(roomId);
      this.user?.rooms.closeRoom(roomId);
    };
  };

  async loadOlder(roomId: string): Promise<void> {
    await this.user?.rooms.loadOlder(roomId);
  }

  markRead(roomId: string, upTo?: bigint): void {
    const seq = this.user?.rooms.markRead(roomId, upTo);
    if (seq !== undefined) {
      this.outbox.add({ kind: "mark_read", roomId, upTo: Number(seq) });
    }
  }

  private sendRead(roomId: string, seq: bigint): void {
    try {
      this.outbox.add({ kind: "mark_read", roomId, upTo: Number(seq) }).stored.catch(() => undefined);
    } catch {
      // The outbox is full. The next message that is read is sent with a later position.
    }
  }

  setTyping(roomId: string, typing: boolean): void {
    this.user?.rooms.setTyping(roomId, typing);
  }

  async loadGame(gameId: string): Promise<void> {
    await this.user?.games.load(gameId);
  }

  async loadMembers(): Promise<void> {
    await this.user?.members.request();
  }

  async loadOlderNotifications(): Promise<void> {
    await this.user?.notifications.loadOlder();
  }

  async markNotificationsRead(upTo?: bigint): Promise<void> {
    await this.user?.notifications.markRead(upTo);
  }

  sendMessage(roomId: string, content: string, more: { attachments?: readonly OutgoingAttachment[]; replyTo?: string } = {}): OutboxItem {
    this.user?.rooms.stoppedTyping(roomId);
    return this.outbox.add({ kind: "send_message", roomId, content, ...more }).item;
  }
}
