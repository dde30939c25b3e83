import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Language } from "../errors.js";
import { MessageSchema, RoomType } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Message, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { OutboxItem } from "../outbox/types.js";
import { nameOf } from "../people.js";
import { sameFields } from "../state/store.js";
import type { MessageView } from "./types.js";

/** Sorts rooms by what happened in them last, the newest first. */
export function byActivity(a: { readonly room: Room }, b: { readonly room: Room }): number {
  return activity(b.room) - activity(a.room) || (a.room.id < b.room.id ? -1 : 1);
}

/** Returns when something last happened in a room, in seconds. */
function activity(room: Room): number {
  return Number((room.lastMessage?.createdAt ?? room.createdAt)?.seconds ?? 0n);
}

/** Returns the name of a room for a user. */
export function titleOf(room: Room, me: string, language: Language): string {
  if (room.type !== RoomType.PRIVATE) {
    return room.name;
  }
  const other = room.participants.find((p) => p.userId !== me);
  return other === undefined ? room.name : nameOf(other, language);
}

export interface MessageSource {
  readonly me: string;
  /** The room, as far as it is known. */
  readonly room: Room | undefined;
  readonly roomId: string;
  readonly messages: readonly Message[];
  readonly unreadBy: (message: Message) => number;
  /** The user's own items that are on their way to the room. */
  readonly outgoing: readonly OutboxItem[];
}

/** Returns what is shown of the messages of a room. Views that have not changed are the same objects as before. */
export function messageViews(source: MessageSource, before: readonly MessageView[]): MessageView[] {
  const { me, messages, unreadBy, outgoing } = source;
  const had = new Map(before.map((view) => [view.key, view]));
  const views = messages.map((message): MessageView => {
    const mine = message.sender?.userId === me;
    const key = mine && message.tempId !== "" ? message.tempId : message.id;
    return sameFields(had.get(key), { key, message, mine, state: "sent", unreadBy: unreadBy(message) });
  });
  const arrived = new Set(views.map((view) => view.key));
  for (const item of outgoing) {
    // A change is shown on its message once it is made. It is listed here only if it was refused.
    const shown = item.action.kind === "send_message" || item.state === "failed";
    if (shown && item.state !== "sent" && !arrived.has(item.id)) {
      const was = had.get(item.id);
      const message = was?.message.id === "" ? was.message : draftOf(source, item);
      views.push(sameFields(was, { key: item.id, message, mine: true, state: item.state, item, unreadBy: 0 }));
    }
  }
  return views;
}

/** Returns a message as it is shown before the server has it. */
function draftOf({ me, room, roomId }: MessageSource, { id, action, createdAt }: OutboxItem): Message {
  const self = room?.participants.find((p) => p.userId === me);
  const { attachments = [], replyTo = "" } = action.kind === "send_message" ? action : {};
  return create(MessageSchema, {
    roomId,
    tempId: id,
    sender: { userId: me, displayName: self?.displayName ?? "", avatar: self?.avatar ?? "" },
    content: "content" in action ? action.content : "",
    attachments: [...attachments],
    replyTo,
    createdAt: timestampFromMs(createdAt),
  });
}
