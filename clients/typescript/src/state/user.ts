import { create } from "@bufbuild/protobuf";
import { Rooms } from "../chat/rooms.js";
import { roomSlices } from "../chat/slices.js";
import type { RoomSlices } from "../chat/slices.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { ParticipantSchema } from "../gen/dongbaejul/v1/games_pb.js";
import type { Presence } from "../gen/dongbaejul/v1/streams_pb.js";
import type { UserProfile } from "../gen/dongbaejul/v1/users_pb.js";
import type { CachedState } from "../offline/types.js";
import type { OutboxItem } from "../outbox/types.js";
import { Games, gameSlices } from "./games.js";
import type { GameSlices } from "./games.js";
import { Members, memberSlice } from "./members.js";
import type { MemberList } from "./members.js";
import { Notifications, notificationSlice } from "./notifications.js";
import type { NotificationList } from "./notifications.js";
import { Profile, profileSlice } from "./profile.js";
import type { ProfileState } from "./profile.js";
import type { Batch, Slice } from "./store.js";
import type { ClubOptions, ClubSource } from "./types.js";

/** The slices that show the state of a user. */
export interface UserSlices extends RoomSlices, GameSlices {
  readonly notifications: Slice<NotificationList>;
  readonly presence: Slice<ReadonlySet<string>>;
  readonly members: Slice<MemberList>;
  readonly profile: Slice<ProfileState>;
  readonly me: Slice<UserProfile | undefined>;
  readonly permissions: Slice<readonly string[]>;
}

const noUsers: ReadonlySet<string> = new Set();

/** Creates the slices that show the state that `now` returns. */
export function userSlices(batch: Batch, now: () => UserState | undefined): UserSlices {
  const profile = profileSlice(batch, () => now()?.profile);
  return {
    ...roomSlices(batch, () => now()?.rooms),
    ...gameSlices(batch, () => now()?.games),
    notifications: notificationSlice(batch, () => now()?.notifications),
    presence: batch.slice(() => now()?.online ?? noUsers),
    members: memberSlice(batch, () => now()?.members),
    profile,
    me: batch.slice((): UserProfile | undefined => profile.getSnapshot().user),
    permissions: batch.slice((): readonly string[] => profile.getSnapshot().permissions),
  };
}

export interface UserStateConfig {
  readonly client: ClubSource;
  readonly options: ClubOptions;
  readonly batch: Batch;
  readonly userId: string;
  /** They are kept when another user signs in. */
  readonly slices: UserSlices;
  /** Returns the items of a lane of the outbox. */
  readonly outgoing: (lane: string) => readonly OutboxItem[];
  readonly isOpen: (roomId: string) => boolean;
  /** Tells the server how far the user has read. */
  readonly sendRead: (roomId: string, seq: bigint) => void;
}

/** What is known while one user is signed in. */
export class UserState {
  readonly userId: string;
  readonly rooms: Rooms;
  readonly games: Games;
  readonly notifications: Notifications;
  readonly profile: Profile;
  readonly members: Members;
  private readonly ending = new AbortController();
  /** Aborts when the user is no longer signed in. */
  readonly signal = this.ending.signal;
  /** The ids of the users who are online. */
  online = noUsers;

  constructor(private readonly config: UserStateConfig) {
    const { client, options, batch, userId, slices, outgoing, isOpen, sendRead } = config;
    this.userId = userId;
    const maxPast = options.maxPast ?? 200;
    const common = { batch, signal: this.signal, fault: (error: unknown) => client.fault(error) };
    const touch = () => batch.run(() => [slices.profile, slices.me, slices.permissions].forEach((slice) => slice.touch()));
    const profile = new Profile({ ...common, auth: client.auth, touch });
    this.profile = profile;
    this.rooms = new Rooms({
      ...{ ...common, chat: client.chat, me: userId, language: () => client.language, isOpen, sendRead, slices },
      outgoing: (id) => outgoing(`room/${id}`),
      maxMessages: options.maxMessages ?? 500,
      maxClosedMessages: options.maxClosedMessages ?? 50,
      isCached: options.cache !== undefined,
    });
    this.games = new Games({
      ...{ ...common, games: client.games, maxPast, slices },
      self: () => create(ParticipantSchema, { userId, displayName: profile.user?.displayName ?? "", avatar: profile.user?.avatar ?? "" }),
      outgoing: (id) => outgoing(`game/${id}`),
    });
    this.notifications = new Notifications({
      ...common,
      notifications: client.notifications,
      max: maxPast,
      slice: slices.notifications,
    });
    this.members = new Members({ ...common, users: client.users, slice: slices.members });
  }

  /** Shows what the cache has. */
  restore({ profile, rooms, games, notifications, members }: CachedState): void {
    this.config.batch.run(() => {
      if (profile !== undefined) {
        this.profile.restore(profile);
      }
      if (rooms !== undefined) {
        this.rooms.restore(rooms);
      }
      if (games !== undefined) {
        this.games.restore(games);
      }
      if (notifications !== undefined) {
        this.notifications.restore(notifications);
      }
      if (members !== undefined) {
        this.members.restore(members);
      }
    });
  }

  /** Returns what is to be cached. */
  cache(): CachedState {
    return {
      profile: this.profile.cache(),
      rooms: this.rooms.cache(),
      games: this.games.cache(),
      notifications: this.notifications.cache(),
      members: this.members.cache(),
    };
  }

  apply(event: Event): void {
    this.rooms.apply(event);
    this.games.apply(event);
    this.notifications.apply(event);
    if (event.payload.case === "presence") {
      this.updatePresence(event.payload.value);
    }
  }

  private updatePresence({ snapshot, online, offline }: Presence): void {
    const next = new Set(snapshot ? online : [...this.online, ...online]);
    offline.forEach((id) => next.delete(id));
    this.online = next;
    this.config.slices.presence.touch();
  }

  /** Loads again what may have been missed before a stream was open; `first` says that it is the first one. */
  reload(first: boolean): void {
    this.rooms.reload(first);
    this.notifications.reload();
    this.profile.reload();
    this.games.complete();
  }

  /** Takes the server's answer to an item of the outbox. */
  answered(item: OutboxItem): void {
    if (item.state !== "sent") {
      return;
    }
    const { message, game } = item.result;
    if (item.action.kind === "mark_read") {
      this.rooms.readAnswered(item.action.roomId);
    }
    if (message !== undefined && item.action.kind === "send_message") {
      this.rooms.answered(message);
    }
    if (game !== undefined) {
      this.games.take(game);
    }
  }

  /** Notes that the items of a lane of the outbox have changed. */
  outgoingChanged(lane: string): void {
    const [kind, id] = lane.split(/\/(.*)/s);
    if (kind === "room" && id !== undefined) {
      this.rooms.outgoingChanged(id);
    } else if (kind === "game" && id !== undefined) {
      this.games.outgoingChanged(id);
    }
  }

  /** Cancels requests and timers. */
  stop(): void {
    this.ending.abort();
    this.rooms.stop();
  }
}
