import { fromJson, toJson } from "@bufbuild/protobuf";
import type { DescMessage, JsonValue, MessageShape } from "@bufbuild/protobuf";
import { MessageSchema, RoomSchema } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Message } from "../gen/dongbaejul/v1/chat_pb.js";
import { GameSchema } from "../gen/dongbaejul/v1/games_pb.js";
import { NotificationSchema } from "../gen/dongbaejul/v1/notifications_pb.js";
import { MemberSchema, UserProfileSchema } from "../gen/dongbaejul/v1/users_pb.js";
import type { CachedNotifications, CachedProfile, CachedRoom, CachedState } from "./types.js";

/** A part of the state with a key of its own, so that a new message does not rewrite the whole state. */
export interface Part {
  readonly name: string;
  /** The object it is created from: the same one as long as the part has not changed. */
  readonly source: object;
  /** Returns its JSON, which is smaller the higher the level, or undefined beyond the last level. */
  encode(level: number): JsonValue | undefined;
}

const roomPrefix = "room.";
/** How many messages of a room are kept, by level. */
const messagesAt = [50, 10, 0];
/** How much of a list is kept, by level. */
const shareAt = [1, 1 / 2, 1 / 8];

/** Returns the parts of a state, the most important first. */
export function partsOf({ profile, games, notifications, members, rooms = [] }: CachedState): Part[] {
  return [
    ...part("profile", profile, (p, level) => (level === 0 ? encodeProfile(p) : undefined)),
    ...part("games", games, (list, level) => share(list, level)?.map((game) => toJson(GameSchema, game))),
    ...part("notifications", notifications, encodeNotifications),
    ...rooms.flatMap((room) => part(roomPrefix + room.room.id, room, encodeRoom)),
    ...part("members", members, (list, level) => share(list, level)?.map((member) => toJson(MemberSchema, member))),
  ];
}

/** Reports whether a part is known to be gone: the state has parts of its kind, but not this one. */
export function isGone(name: string, { rooms }: CachedState): boolean {
  return name.startsWith(roomPrefix) && rooms !== undefined && !rooms.some(({ room }) => roomPrefix + room.id === name);
}

/** Reads a state from its parts. What cannot be read is left out. */
export function stateOf(parts: ReadonlyMap<string, JsonValue>): CachedState {
  const read = <T>(name: string, decode: (json: any) => T | undefined): T | undefined => attempt(() => decode(parts.get(name)));
  const rooms = [...parts.keys()].filter((name) => name.startsWith(roomPrefix)).flatMap((name) => read(name, decodeRoom) ?? []);
  return {
    profile: read("profile", decodeProfile),
    games: read("games", (json) => decodeList(GameSchema, json)),
    notifications: read("notifications", decodeNotifications),
    members: read("members", (json) => decodeList(MemberSchema, json)),
    rooms: rooms.length > 0 ? rooms : undefined,
  };
}

function part<T extends object>(name: string, source: T | undefined, encode: (source: T, level: number) => JsonValue | undefined): Part[] {
  return source === undefined ? [] : [{ name, source, encode: (level) => encode(source, level) }];
}

function share<T>(list: readonly T[], level: number): readonly T[] | undefined {
  const part = shareAt[level];
  return part === undefined ? undefined : list.slice(0, Math.ceil(list.length * part));
}

function encodeProfile({ user, permissions }: CachedProfile): JsonValue {
  return { user: toJson(UserProfileSchema, user), permissions: [...permissions] };
}

function decodeProfile(json: any): CachedProfile | undefined {
  const user = decode(UserProfileSchema, json.user);
  return user && { user, permissions: json.permissions.filter((p: unknown) => typeof p === "string") };
}

function encodeNotifications({ notifications, unread, hasOlder }: CachedNotifications, level: number): JsonValue | undefined {
  const kept = share(notifications.slice(0, 50), level);
  return kept && { list: kept.map((n) => toJson(NotificationSchema, n)), unread, hasOlder: hasOlder || kept.length < notifications.length };
}

function decodeNotifications(json: any): CachedNotifications {
  const notifications = inOrder(decodeList(NotificationSchema, json.list) ?? []).reverse();
  return { notifications, unread: count(json.unread), hasOlder: json.hasOlder === true };
}

/** Caches the JSON of messages, since most messages of a room were written before. */
const encoded = new WeakMap<Message, JsonValue>();

function encodeMessage(message: Message): JsonValue {
  const json = encoded.get(message) ?? toJson(MessageSchema, message);
  encoded.set(message, json);
  return json;
}

function encodeRoom({ room, unread, unreadMore, messages, hasOlder, upTo }: CachedRoom, level: number): JsonValue | undefined {
  const max = messagesAt[level];
  if (max === undefined) {
    return undefined;
  }
  const kept = messages.slice(Math.max(0, messages.length - max));
  return {
    room: toJson(RoomSchema, room),
    unread,
    unreadMore,
    messages: kept.map(encodeMessage),
    hasOlder: hasOlder || kept.length < messages.length,
    upTo: String(kept.length > 0 || messages.length === 0 ? upTo : 0),
  };
}

function decodeRoom(json: any): CachedRoom | undefined {
  const room = decode(RoomSchema, json.room);
  if (room === undefined || room.id === "") {
    return undefined;
  }
  const messages = inOrder((decodeList(MessageSchema, json.messages) ?? []).filter((m) => m.roomId === room.id));
  const { unread, unreadMore, hasOlder, upTo } = json;
  return {
    ...{ room, messages, unread: count(unread), unreadMore: unreadMore === true, hasOlder: hasOlder === true },
    upTo: attempt(() => BigInt(upTo)) ?? BigInt(0),
  };
}

function decodeList<D extends DescMessage>(schema: D, json: unknown): MessageShape<D>[] | undefined {
  return Array.isArray(json) ? json.flatMap((item: JsonValue) => decode(schema, item) ?? []) : undefined;
}

function decode<D extends DescMessage>(schema: D, json: JsonValue): MessageShape<D> | undefined {
  return attempt(() => fromJson(schema, json, { ignoreUnknownFields: true }));
}

/** Sorts numbered items and removes duplicates. */
function inOrder<T extends { readonly seq: bigint }>(items: readonly T[]): T[] {
  const bySeq = new Map(items.map((item) => [item.seq, item]));
  return [...bySeq.values()].sort((a, b) => (a.seq < b.seq ? -1 : 1));
}

function count(n: unknown): number {
  return typeof n === "number" && n > 0 ? Math.floor(n) : 0;
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}
