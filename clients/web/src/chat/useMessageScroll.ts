import type { MessagesHook } from "@dongbaejul/client/react";
import { type RefObject, useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { entryOfHistory } from "../router/scroll";

/** Nearer than this to the end, the reader follows it. */
const nearEndPx = 80;
/** Nearer than this to the beginning, older messages are loaded. */
const nearStartPx = 600;
/** Further than this the way to the end is jumped. */
const farPx = 4000;
/** How many positions are remembered. */
const maxPositions = 50;

/** A message at the upper edge, and how far it is above that. */
interface Position {
  key: string;
  seq: bigint;
  above: number;
}

/** Where the reader was in the rooms of the history who was not at the end. */
const positions = new Map<string, Position>();

interface MessageScroll {
  handle: RefObject<VirtualizerHandle | null>;
  /** Whether the reader is at the end and follows it. */
  atEnd: boolean;
  toEnd: () => void;
  onScroll: (offset: number) => void;
  onResize: () => void;
}

/** Keeps the reader where they are: at the end, or at what they read, also when they come back. Loads older messages in time. */
export function useMessageScroll(roomId: string, { messages, hasOlder, isLoadingOlder, loadOlder, error }: MessagesHook): MessageScroll {
  const handle = useRef<VirtualizerHandle>(null);
  const [place] = useState(() => `${entryOfHistory()} ${roomId}`);
  const [wanted, setWanted] = useState(() => positions.get(place));
  const [atEnd, setAtEnd] = useState(wanted === undefined);

  const last = messages.length - 1;
  const lastView = messages.at(-1);
  const scrollToEnd = () => {
    if (last >= 0) handle.current?.scrollToIndex(last, { align: "end" });
  };

  // What comes at the end is followed, and what the user sends is shown to them.
  const lastKey = lastView?.key;
  const sends = lastView?.mine === true && lastView.state !== "sent";
  const follow = useEffectEvent(() => {
    if (wanted !== undefined) return;
    if (atEnd || sends) scrollToEnd();
  });
  useLayoutEffect(() => {
    if (lastKey !== undefined) follow();
  }, [lastKey]);

  // Who comes back is led to where they were, by way of the older messages that have to be loaded for it.
  const firstSeq = messages[0]?.message.seq;
  /** Whether another page can be asked for. After a failure the reader says when. */
  const canLoad = hasOlder && !isLoadingOlder && error === undefined;
  useLayoutEffect(() => {
    if (wanted === undefined || firstSeq === undefined || isLoadingOlder) return;
    const index = messages.findIndex(({ key }) => key === wanted.key);
    if (index < 0 && canLoad && firstSeq > wanted.seq) {
      void loadOlder();
      return;
    }
    if (index >= 0) handle.current?.scrollToIndex(index, { align: "start", offset: wanted.above });
    setWanted(undefined);
  }, [wanted, firstSeq, messages, isLoadingOlder, canLoad, loadOlder]);

  const onScroll = (offset: number) => {
    const list = handle.current;
    if (list === null || wanted !== undefined) return;
    setAtEnd(list.scrollSize - list.viewportSize - offset < nearEndPx);
    if (offset < nearStartPx && canLoad) void loadOlder();
  };
  const onResize = () => {
    if (atEnd && wanted === undefined) scrollToEnd();
  };

  // A page that is shorter than the screen cannot be scrolled.
  useEffect(() => {
    const list = handle.current;
    if (list !== null && firstSeq !== undefined && canLoad && list.scrollSize <= list.viewportSize) void loadOlder();
  }, [firstSeq, canLoad, loadOlder]);

  const remember = useEffectEvent(() => {
    const list = handle.current;
    const index = list?.findItemIndex(list.scrollOffset) ?? -1;
    const view = messages[index];
    positions.delete(place);
    if (list === null || view === undefined || atEnd) return;
    positions.set(place, { key: view.key, seq: view.message.seq, above: list.scrollOffset - list.getItemOffset(index) });
    for (const key of [...positions.keys()].slice(0, -maxPositions)) positions.delete(key);
  });
  useLayoutEffect(() => () => remember(), []);

  const toEnd = useCallback(() => {
    const list = handle.current;
    if (list === null) return;
    const smooth = list.scrollSize - list.viewportSize - list.scrollOffset < farPx;
    list.scrollToIndex(Number.MAX_SAFE_INTEGER, { align: "end", smooth });
  }, []);
  return { handle, atEnd, toEnd, onScroll, onResize };
}
