import { create } from "@bufbuild/protobuf";
import { roomSlices, Rooms } from "../chat/rooms.js";
import type { MessageList, RoomList, RoomView } from "../chat/types.js";
import type { Client } from "../client.js";
import type { Connection } from "../connection.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { ParticipantSchema } from "../gen/dongbaejul/v1/games_pb.js";
import type { Presence } from "../gen/dongbaejul/v1/streams_pb.js";
import type { UserProfile } from "../gen/dongbaejul/v1/users_pb.js";
import type { CachedState, OfflineCache, OpenCache } from "../offline/types.js";
import { createOutbox } from "../outbox/outbox.js";
import type { Outbox, OutboxItem, OutgoingAttachment } from "../outbox/types.js";
import type { Permission } from "../permissions.js";
import { subscribe } from "../subscribe/subscribe.js";
import type { SubscribeOptions, Subscription, SubscriptionState } from "../subscribe/types.js";
import { Games, gameSlices } from "./games.js";
import type { GameList, GameView } from "./games.js";
import { Listeners } from "./listeners.js";
import type { EventName, EventValue } from "./listeners.js";
import { Members, memberSlice } from "./members.js";
import type { MemberList } from "./members.js";
import { Notifications, notificationSlice } from "./notifications.js";
import type { NotificationList } from "./notifications.js";
import { selected } from "./observable.js";
import type { Readable } from "./observable.js";
import { Profile, profileSlice } from "./profile.js";
import type { ProfileState } from "./profile.js";
import { Batch } from "./store.js";

export interface ClubOptions {
  /** What sends messages and actions; one in memory when left out. */
  outbox?: Outbox;
  /** What lets the club be shown without a network, after a restart too: see createOfflineCache. None when left out. */
  cache?: OfflineCache;
  /** How to subscribe. */
  subscribe?: Omit<SubscribeOptions, "onEvents" | "signal" | "cursors">;
  /** Gets every event after the state has taken it, such as `postCreated`. */
  onEvent?(event: Event): void;
  /** How many messages are kept of a room that is open, besides older ones that were loaded. 500. */
  maxMessages?: number;
  /** How many messages are kept of a room that is not. 50. */
  maxClosedMessages?: number;
  /** How many games that are over and how many notifications are kept. 200. */
  maxPast?: number;
}

/**
 * The club as this user sees it, kept up to date. Every part is a Readable of its own, so that a component that shows
 * one room renders again only when that room changes. The same arguments return the same object: `club.room(id)` can be called in a render.
 */
export interface Club {
  readonly outbox: Outbox;
  readonly connection: Readable<SubscriptionState>;
  /** The user's own profile; undefined until it is known. */
  readonly me: Readable<UserProfile | undefined>;
  /** What the user's role allows now, such as "posts.pin". */
  readonly permissions: Readable<readonly (Permission | (string & {}))[]>;
  /** Both, and how they are loaded. */
  readonly profile: Readable<ProfileState>;
  readonly rooms: Readable<RoomList>;
  room(roomId: string): Readable<RoomView | undefined>;
  messages(roomId: string): Readable<MessageList>;
  /** Ids of who is typing in a room, oneself left out. */
  typing(roomId: string): Readable<readonly string[]>;
  readonly games: Readable<GameList>;
  /** A game of the list, or another that was looked at by `loadGame`. */
  game(gameId: string): Readable<GameView | undefined>;
  /** Ids of who is online. */
  readonly presence: Readable<ReadonlySet<string>>;
  online(userId: string): Readable<boolean>;
  readonly notifications: Readable<NotificationList>;
  /** All active members, once `loadMembers` was called, or those that the cache has. */
  readonly members: Readable<MemberList>;

  /** Starts following the club as the user who is signed in, and as each user who signs in later. */
  start(): void;
  /** Stops, and forgets everything but what is in the outbox. */
  stop(): Promise<void>;
  /** Comes back at once where the connection waits to, and where another device's stream of the same name has ended this one. */
  reconnect(): void;

  /**
   * Calls the listener with every event of a kind after the state has taken it; returns what ends that. Numbered ones that came while
   * there was no connection are among them. A listener that throws is logged, and harms nothing.
   */
  on<N extends EventName>(name: N, listener: (value: EventValue<N>, event: Event) => void): () => void;

  /** Loads a room's newest messages and keeps more of them until what it gives is called: `useEffect(() => club.openRoom(id), [id])`. */
  openRoom(roomId: string): () => void;
  /** Loads a page of older messages. Resolves when they are there; does nothing where there are none. */
  loadOlder(roomId: string): Promise<void>;
  /** Notes that the user has read a room up to a message, or all of it. */
  markRead(roomId: string, upTo?: bigint): void;
  /** Tells a room that the user is typing, or has stopped. Call it at every key: it tells the server as seldom as will do. */
  setTyping(roomId: string, typing: boolean): void;
  /** Loads a game that is not in the list. */
  loadGame(gameId: string): Promise<void>;
  /** Loads all members, and again those that have changed. Resolves when they are there or cannot be loaded, which `members` says. */
  loadMembers(): Promise<void>;
  /** Loads a page of older notifications. */
  loadOlderNotifications(): Promise<void>;
  /** Notes that the user has seen all notifications up to one, or all of them. */
  markNotificationsRead(upTo?: bigint): Promise<void>;

  /** Sends a message, by the outbox. */
  sendMessage(roomId: string, content: string, more?: { attachments?: readonly OutgoingAttachment[]; replyTo?: string }): OutboxItem;
}

/** What the state is made from: a Client, or a Connection with these services of it. */
export type ClubSource = Connection & Pick<Client, "auth" | "chat" | "games" | "notifications" | "users">;

/** Makes the state of who is signed in. Call `start` when it is shown. */
export function createClub(client: ClubSource, options: ClubOptions = {}): Club {
  return new Following(client, options);
}

/** What is known while one user is signed in. */
interface Stay {
  readonly userId: string;
  readonly end: AbortController;
  readonly rooms: Rooms;
  readonly games: Games;
  readonly notifications: Notifications;
  readonly profile: Profile;
  readonly members: Members;
  cache: OpenCache | undefined;
  subscription: Subscription | undefined;
  /** Whether a stream was open before. */
  met: boolean;
}

const nobody: ReadonlySet<string> = new Set();
const noItems: readonly OutboxItem[] = [];

function cachedState({ profile, rooms, games, notifications, members }: Stay): CachedState {
  return {
    profile: profile.cache(),
    rooms: rooms.cache(),
    games: games.cache(),
    notifications: notifications.cache(),
    members: members.cache(),
  };
}

/** A club at work. */
class Following implements Club {
  readonly outbox: Outbox;
  private readonly batch = new Batch(() => this.stay?.cache?.changed());
  private stay: Stay | undefined;
  private running = false;
  private unwatch: (() => void)[] = [];
  private online_ = nobody;
  /** Items by the lane they are in, as the outbox has them. */
  private lanes = new Map<string, readonly OutboxItem[]>();
  private state: SubscriptionState = { status: "closed" };
  /** Rooms that were opened before anybody was signed in, or are open while somebody else signs in. */
  private readonly open = new Map<string, number>();
  private readonly listeners: Listeners;
  private readonly onlines = new Map<string, Readable<boolean>>();

  private readonly roomSlices = roomSlices(this.batch, () => this.stay?.rooms);
  private readonly gameSlices = gameSlices(this.batch, () => this.stay?.games);
  readonly rooms = this.roomSlices.rooms;
  readonly games = this.gameSlices.games;
  readonly notifications = notificationSlice(this.batch, () => this.stay?.notifications);
  readonly connection = this.batch.slice(() => this.state);
  readonly presence = this.batch.slice(() => this.online_);
  readonly members = memberSlice(this.batch, () => this.stay?.members);
  readonly profile = profileSlice(this.batch, () => this.stay?.profile);
  readonly me = this.batch.slice((): UserProfile | undefined => this.profile.getSnapshot().user);
  readonly permissions = this.batch.slice((): readonly string[] => this.profile.getSnapshot().permissions);

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

  readonly room = (id: string) => this.roomSlices.room.of(id);
  readonly messages = (id: string) => this.roomSlices.messages.of(id);
  readonly typing = (id: string) => this.roomSlices.typing.of(id);
  readonly game = (id: string) => this.gameSlices.game.of(id);

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
      session.state.subscribe(() => this.follow()),
      this.outbox.subscribe(() => this.takeOutbox()),
      this.client.languageState.subscribe(() => this.stay?.rooms.languageChanged()),
    ];
    this.takeOutbox();
    this.follow();
    session.ready().catch((e: unknown) => this.show({ status: "closed", fault: this.client.fault(e) }));
  }

  async stop(): Promise<void> {
    this.running = false;
    this.unwatch.forEach((f) => f());
    this.unwatch = [];
    const left = this.leave();
    // Not after that: by then somebody may have started it again.
    this.show({ status: "closed" });
    await left;
  }

  on<N extends EventName>(name: N, listener: (value: EventValue<N>, event: Event) => void): () => void {
    return this.listeners.on(name, listener);
  }

  reconnect(): void {
    const { stay } = this;
    if (stay === undefined) {
      return;
    }
    if (this.state.status === "closed") {
      this.connect(stay);
    } else {
      stay.subscription?.reconnect();
    }
  }

  /** Follows the club as who is signed in now. */
  private follow(): void {
    const state = this.client.session.state.getSnapshot();
    const userId = state.status === "signed_in" ? state.userId : undefined;
    if (!this.running || (userId !== undefined && userId === this.stay?.userId)) {
      return;
    }
    void this.leave();
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
    const stay = this.enter(userId);
    this.stay = stay;
    stay.cache = this.options.cache?.open(userId, { restore: (state) => this.restore(stay, state), state: () => cachedState(stay) });
    this.touchAll();
    this.connect(stay);
  }

  /** Shows what the cache has. */
  private restore(stay: Stay, { profile, rooms, games, notifications, members }: CachedState): void {
    if (this.stay !== stay) {
      return;
    }
    this.batch.run(() => {
      if (profile !== undefined) {
        stay.profile.restore(profile);
      }
      if (rooms !== undefined) {
        stay.rooms.restore(rooms);
      }
      if (games !== undefined) {
        stay.games.restore(games);
      }
      if (notifications !== undefined) {
        stay.notifications.restore(notifications);
      }
      if (members !== undefined) {
        stay.members.restore(members);
      }
    });
  }

  private enter(userId: string): Stay {
    const { client, batch, options } = this;
    const end = new AbortController();
    const signal = end.signal;
    const fault = (error: unknown) => client.fault(error);
    const maxPast = options.maxPast ?? 200;
    const touch = () => batch.run(() => [this.profile, this.me, this.permissions].forEach((slice) => slice.touch()));
    const profile = new Profile({ auth: client.auth, signal, fault, touch });
    const rooms = new Rooms({
      ...{ chat: client.chat, batch, signal, fault, me: userId, language: () => client.language, slices: this.roomSlices },
      outgoing: (id) => this.outgoing(`room/${id}`),
      sendRead: (id, seq) => this.sendRead(id, seq),
      maxMessages: options.maxMessages ?? 500,
      maxClosedMessages: options.maxClosedMessages ?? 50,
      isCached: options.cache !== undefined,
    });
    const games = new Games({
      ...{ games: client.games, batch, signal, fault, maxPast, slices: this.gameSlices },
      self: () => create(ParticipantSchema, { userId, displayName: profile.user?.displayName ?? "", avatar: profile.user?.avatar ?? "" }),
      outgoing: (id) => this.outgoing(`game/${id}`),
    });
    const notifications = new Notifications({
      ...{ notifications: client.notifications, batch, signal, fault, max: maxPast, slice: this.notifications },
    });
    const members = new Members({ users: client.users, signal, fault, slice: this.members });
    this.open.forEach((count, id) => {
      for (let i = 0; i < count; i++) {
        rooms.openRoom(id);
      }
    });
    return { userId, end, rooms, games, notifications, profile, members, cache: undefined, subscription: undefined, met: false };
  }

  private async leave(): Promise<void> {
    const { stay } = this;
    this.stay = undefined;
    this.online_ = nobody;
    if (stay !== undefined) {
      const cached = stay.cache?.close();
      stay.end.abort();
      stay.rooms.stop();
      this.touchAll();
      await stay.subscription?.close();
      await cached;
    }
  }

  private touchAll(): void {
    this.batch.run(() => {
      const { rooms, games, notifications, members, presence, profile, me, permissions } = this;
      [rooms, games, notifications, members, presence, profile, me, permissions].forEach((slice) => slice.touch());
      const { room, messages, typing } = this.roomSlices;
      [room, messages, typing, this.gameSlices.game].forEach((slices) => slices.touchAll());
    });
  }

  private connect(stay: Stay): void {
    const subscription = subscribe(this.client, {
      // A room that is further ahead is shown by its newest page.
      maxBacklog: 500,
      ...this.options.subscribe,
      signal: stay.end.signal,
      onEvents: (events) => {
        if (this.stay === stay) {
          this.take(stay, events);
        }
      },
    });
    stay.subscription = subscription;
    // A new subscription has no cursors: what is known may miss what happened since the last one.
    stay.met = false;
    const mirror = () => {
      if (this.stay === stay && stay.subscription === subscription) {
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

  private take(stay: Stay, events: readonly Event[]): void {
    this.batch.run(() => {
      let met = false;
      for (const event of events) {
        met ||= event.payload.case === "hello";
        stay.rooms.apply(event);
        stay.games.apply(event);
        stay.notifications.apply(event);
        if (event.payload.case === "presence") {
          this.appear(event.payload.value);
        }
      }
      if (met) {
        stay.rooms.reload(!stay.met);
        stay.notifications.meet();
        stay.profile.meet();
        stay.games.complete();
        stay.met = true;
      }
    });
    events.forEach((event) => this.listeners.tell(event));
  }

  private appear({ snapshot, online, offline }: Presence): void {
    const next = new Set(snapshot ? online : [...this.online_, ...online]);
    offline.forEach((id) => next.delete(id));
    this.online_ = next;
    this.presence.touch();
  }

  // The outbox.

  private outgoing(lane: string): readonly OutboxItem[] {
    return this.lanes.get(lane) ?? noItems;
  }

  /** Looks at what has changed in the outbox, lane by lane. */
  private takeOutbox(): void {
    const before = this.lanes;
    const seen = new Set([...before.values()].flat());
    this.lanes = new Map();
    const changed: OutboxItem[] = [];
    for (const item of this.outbox.getSnapshot()) {
      this.lanes.set(item.lane, [...(this.lanes.get(item.lane) ?? []), item]);
      if (!seen.delete(item)) {
        changed.push(item);
      }
    }
    // What is left has been removed.
    const lanes = new Set([...changed, ...seen].map((item) => item.lane));
    this.batch.run(() => {
      changed.forEach((item) => this.answered(item));
      lanes.forEach((lane) => this.outgoingChanged(lane));
    });
  }

  private answered(item: OutboxItem): void {
    const { stay } = this;
    if (stay === undefined || item.state !== "sent") {
      return;
    }
    const { message, game } = item.result;
    if (item.action.kind === "mark_read") {
      stay.rooms.readAnswered(item.action.roomId);
    }
    if (message !== undefined && item.action.kind === "send_message") {
      stay.rooms.answered(message);
    }
    if (game !== undefined) {
      stay.games.take(game);
    }
  }

  private outgoingChanged(lane: string): void {
    const [kind, id] = lane.split(/\/(.*)/s);
    if (kind === "room" && id !== undefined) {
      this.stay?.rooms.outgoingChanged(id);
    } else if (kind === "game" && id !== undefined) {
      this.stay?.games.outgoingChanged(id);
    }
  }

  // What the user does.

  readonly openRoom = (roomId: string): (() => void) => {
    this.open.set(roomId, (this.open.get(roomId) ?? 0) + 1);
    this.stay?.rooms.openRoom(roomId);
    let closed = false;
    return () => {
      if (closed) {
        return;
      }
      closed = true;
      const left = (this.open.get(roomId) ?? 1) - 1;
      if (left > 0) {
        this.open.set(roomId, left);
      } else {
        this.open.delete(roomId);
      }
      this.stay?.rooms.closeRoom(roomId);
    };
  };

  async loadOlder(roomId: string): Promise<void> {
    await this.stay?.rooms.loadOlder(roomId);
  }

  markRead(roomId: string, upTo?: bigint): void {
    const seq = this.stay?.rooms.markRead(roomId, upTo);
    if (seq !== undefined) {
      this.outbox.add({ kind: "mark_read", roomId, upTo: Number(seq) });
    }
  }

  private sendRead(roomId: string, seq: bigint): void {
    try {
      this.outbox.add({ kind: "mark_read", roomId, upTo: Number(seq) }).stored.catch(() => undefined);
    } catch {
      // The outbox is full. The next message that is read says it again.
    }
  }

  setTyping(roomId: string, typing: boolean): void {
    this.stay?.rooms.setTyping(roomId, typing);
  }

  async loadGame(gameId: string): Promise<void> {
    await this.stay?.games.load(gameId);
  }

  async loadMembers(): Promise<void> {
    await this.stay?.members.request();
  }

  async loadOlderNotifications(): Promise<void> {
    await this.stay?.notifications.loadOlder();
  }

  async markNotificationsRead(upTo?: bigint): Promise<void> {
    await this.stay?.notifications.markRead(upTo);
  }

  sendMessage(roomId: string, content: string, more: { attachments?: readonly OutgoingAttachment[]; replyTo?: string } = {}): OutboxItem {
    this.stay?.rooms.stoppedTyping(roomId);
    return this.outbox.add({ kind: "send_message", roomId, content, ...more }).item;
  }
}
