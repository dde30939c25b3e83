import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Fault, MessageView, OutboxItem, OutgoingAttachment, RoomList, RoomView } from "../index.js";
import { loadableOf, useError, useTask } from "./loading.js";
import type { Loadable, Older } from "./loading.js";
import { useClient, useClub } from "./provider.js";
import { useReadable, useSelected } from "./readable.js";

export interface RoomsHook extends Loadable {
  /** The last active first. */
  readonly rooms: readonly RoomView[];
  /** The number of unread messages in all rooms. */
  readonly unread: number;
  /** Whether there may be more unread than that. */
  readonly unreadMore: boolean;
}

/** Returns the user's rooms. */
export function useRooms(): RoomsHook {
  const list = useReadable(useClub().rooms);
  return useMemo(() => {
    const { rooms, unread, unreadMore } = list;
    return { ...loadableOf(list), rooms, unread, unreadMore };
  }, [list]);
}

export interface RoomHook extends Loadable {
  /** Undefined until it is loaded, and if the user is in no such room. */
  readonly room: RoomView | undefined;
}

/** Returns one room. */
export function useRoom(roomId: string): RoomHook {
  const club = useClub();
  const room = useReadable(club.room(roomId));
  const isLoaded = useSelected(club.rooms, (list) => list.loaded);
  const fromCache = useSelected(club.rooms, (list) => list.fromCache);
  const isLoading = useSelected(club.rooms, (list) => list.loading);
  const error = useSelected(club.rooms, faultOfList);
  return useMemo(() => ({ room, isLoaded, fromCache, isLoading, error }), [room, isLoaded, fromCache, isLoading, error]);
}

function faultOfList({ fault }: RoomList): Fault | undefined {
  return fault;
}

export interface MessagesOptions {
  /** `newest`: the newest first, for inverted lists. `oldest`, the default: as they are read. */
  readonly order?: "oldest" | "newest";
}

export interface MessagesHook extends Loadable, Older {
  /** Contiguous up to the newest, in the requested order; from the cache, some may be missing. */
  readonly messages: readonly MessageView[];
  /** Sends a message by the outbox; it is in the list at once. Returns undefined and sets `error` if the outbox refuses it. */
  send(content: string, more?: { attachments?: readonly OutgoingAttachment[]; replyTo?: string }): OutboxItem | undefined;
  /** Marks the room as read, up to a message or all of it. */
  markRead(upTo?: bigint): void;
}

/** Opens a room and returns its messages: the newest page, and older ones as `loadOlder` is called. */
export function useMessages(roomId: string, { order = "oldest" }: MessagesOptions = {}): MessagesHook {
  const client = useClient();
  const club = useClub();
  useEffect(() => club.openRoom(roomId), [club, roomId]);
  const list = useReadable(club.messages(roomId));
  const older = useTask(useCallback(() => club.loadOlder(roomId), [club, roomId]));
  const [refused, setRefused] = useError(roomId);
  const actions = useMemo(
    () => ({
      loadOlder: older.run,
      send: (content: string, more?: Parameters<MessagesHook["send"]>[1]) => {
        setRefused(undefined);
        try {
          return club.sendMessage(roomId, content, more);
        } catch (e) {
          setRefused(client.fault(e));
          return undefined;
        }
      },
      markRead: (upTo?: bigint) => {
        try {
          club.markRead(roomId, upTo);
        } catch {
          // The outbox is full. The next read message reports it again.
        }
      },
    }),
    [client, club, roomId, older.run, setRefused],
  );
  const error = refused ?? older.error;
  return useMemo(() => {
    const { fault, hasOlder, messages } = list;
    return {
      ...loadableOf(list),
      error: error ?? fault,
      messages: order === "newest" ? reversed(messages) : messages,
      hasOlder,
      isLoadingOlder: older.isRunning,
      ...actions,
    };
  }, [list, order, error, older.isRunning, actions]);
}

const reversals = new WeakMap<readonly MessageView[], readonly MessageView[]>();

/** Returns a list in reverse: the same array for the same list, in all components. */
function reversed(messages: readonly MessageView[]): readonly MessageView[] {
  const known = reversals.get(messages) ?? [...messages].reverse();
  reversals.set(messages, known);
  return known;
}

export interface TypingHook {
  /** Ids of the others who are typing. */
  readonly typing: readonly string[];
  /** Sets whether the user is typing. Call it on every key; the server is called only as often as needed. */
  setTyping(isTyping: boolean): void;
}

/** Returns who is typing in a room. If the component has set that the user is typing, unmounting ends it. */
export function useTyping(roomId: string): TypingHook {
  const club = useClub();
  const typing = useReadable(club.typing(roomId));
  const said = useRef(false);
  const setTyping = useCallback(
    (isTyping: boolean) => {
      said.current = isTyping;
      club.setTyping(roomId, isTyping);
    },
    [club, roomId],
  );
  useEffect(
    () => () => {
      if (said.current) {
        said.current = false;
        club.setTyping(roomId, false);
      }
    },
    [club, roomId],
  );
  return useMemo(() => ({ typing, setTyping }), [typing, setTyping]);
}
