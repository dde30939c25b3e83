import type { Message, Room } from "../gen/dongbaejul/v1/chat_pb.js";
import type { OutboxItem } from "../outbox/types.js";
import type { Loading } from "../state/loader.js";

/** A room in a list. */
export interface RoomView {
  readonly id: string;
  /** The room's name, or the other person's in a private room. */
  readonly title: string;
  /** As the server has it, kept up to date but for the participants' read positions: MessageView.unreadBy shows those. */
  readonly room: Room;
  readonly unread: number;
  /** Whether there may be more unread than that: the server counts to 1,000. */
  readonly unreadMore: boolean;
}

export interface RoomList extends Loading {
  /** The last active first. */
  readonly rooms: readonly RoomView[];
  /** What is unread in all of them. */
  readonly unread: number;
  /** Whether there may be more unread than that. */
  readonly unreadMore: boolean;
}

/** A message in a room: one that the server has, one of the user's own that is on its way, or a change to one that was refused. */
export interface MessageView {
  /** A key for React. It is the same before and after the server has a message of the user's own. */
  readonly key: string;
  /** Of what the server has not taken: `id` is empty, and `seq` 0. */
  readonly message: Message;
  readonly mine: boolean;
  /** Where it is; `failed` ones can be retried or dropped by `item.id`. */
  readonly state: "sent" | "queued" | "sending" | "failed";
  /** Of what is on its way or failed. */
  readonly item?: OutboxItem;
  /** "안 읽음 N": how many others have not read it. */
  readonly unreadBy: number;
}

export interface MessageList extends Loading {
  /** The oldest first, those that the server does not have yet last. None is missing up to the newest, unless they are from the cache. */
  readonly messages: readonly MessageView[];
  /** Whether there are older ones to load. */
  readonly hasOlder: boolean;
}
