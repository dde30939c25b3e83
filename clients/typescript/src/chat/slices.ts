import { sameItems } from "../state/store.js";
import type { Batch, Slice, Slices } from "../state/store.js";
import type { MessageList, RoomList, RoomView } from "./types.js";

/** The slices that show rooms. */
export interface RoomSlices {
  readonly rooms: Slice<RoomList>;
  readonly room: Slices<RoomView | undefined>;
  readonly messages: Slices<MessageList>;
  readonly typing: Slices<readonly string[]>;
}

/** What the slices show. `before` is what was returned before: it is returned again if nothing has changed. */
export interface RoomSource {
  list(before: RoomList | undefined): RoomList;
  view(id: string, before: RoomView | undefined): RoomView | undefined;
  messageList(id: string, before: MessageList | undefined): MessageList;
  typists(id: string): readonly string[];
}

/** Creates the slices that show the rooms that `now` returns. */
export function roomSlices(batch: Batch, now: () => RoomSource | undefined): RoomSlices {
  const noRooms: RoomList = { loaded: false, fromCache: false, loading: false, rooms: [], unread: 0, unreadMore: false };
  const noMessages: MessageList = { loaded: false, fromCache: false, loading: false, messages: [], hasOlder: false };
  return {
    rooms: batch.slice((before) => now()?.list(before) ?? noRooms),
    room: batch.slices((id, before) => now()?.view(id, before)),
    messages: batch.slices((id, before) => now()?.messageList(id, before) ?? noMessages),
    typing: batch.slices((id, before) => sameItems(before, now()?.typists(id) ?? [])),
  };
}
