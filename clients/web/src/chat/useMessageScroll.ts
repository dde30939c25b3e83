import type { MessagesHook } from "@dongbaejul/client/react";
import { type RefObject, useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { entryOfHistory } from "../router/scroll";

/** Closer to the end than this, in pixels, the view follows new messages. */
const nearEndPx = 80;
/** Closer to the beginning than this, in pixels, older messages are loaded. */
const nearStartPx = 600;
/** Farther from the end than this, in pixels, scrolling to it jumps. */
const farPx = 4000;
/** How many positions are remembered. */
const maxPositions = 50;

/** The message at the upper edge, and how many pixels of it are above the edge. */
interface Position {
  key: string;
  seq: bigint;
  above: number;
}

/** The positions in rooms, by history entry, of readers that were not at the end. */
const positions = new Map<string, Position>();

interface MessageScroll {
  handle: RefObject<VirtualizerHandle | null>;
  /** Whether the view is at the end and follows new messages. */
  atEnd: boolean;
  toEnd: () => void;
  onScroll: (offset: number) => void;
  onResize: () => void;
}

/** Keeps the scroll position: at the end, or at the message that is read, also on return to the room. Loads older messages in time. */
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

  // Follow new messages, and always show what the user sends.
  const lastKey = lastView?.key;
  const sends = lastView?.mine === true && lastView.state !== "sent";
  const follow = useEffectEvent(() => {
    if (wanted !== undefined) return;
    if (atEnd || sends) scrollToEnd();
  });
  useLayoutEffect(() => {
    if (lastKey !== undefined) follow();
  }, [lastKey]);

  // On return, restore the position; older messages are loaded until its message is there.
  const firstSeq = messages[0]?.message.seq;
  /** Whether to load another page. After a failure, the reader retries. */
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
