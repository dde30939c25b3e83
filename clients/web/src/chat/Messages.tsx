import type { MessageView, Room } from "@dongbaejul/client";
import { type MessagesHook, useMessages } from "@dongbaejul/client/react";
import { Fragment, useEffect, useState } from "react";
import { dateOf, day, dayKey } from "../format/time";
import { Pending } from "../shell/Pending";
import { Icon } from "../ui/Icon";
import { Empty, Loading } from "../ui/State";
import { MessageItem } from "./MessageItem";
import "./Messages.css";

/** Messages of one person within this time are one group. */
const togetherMs = 3 * 60_000;
/** Nearer than this to the end, the reader follows it. */
const nearPx = 80;

interface MessagesProps {
  room: Room;
  onAnswer: (message: MessageView) => void;
  onEdit: (message: MessageView) => void;
}

/** The messages of a room. Who is at their end stays there; who reads further up stays where they are. */
export function Messages({ room, onAnswer, onEdit }: MessagesProps) {
  const list = useMessages(room.id);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const { atEnd, toEnd } = useEnd(scroller);
  useReading(list, atEnd);
  const older = useOlder(list, scroller);

  if (!list.isLoaded && list.messages.length === 0) {
    return (
      <div className="messages">
        <Pending error={list.error} />
      </div>
    );
  }
  return (
    <div className="messages-frame">
      {/* Upside down, so that the end is where it begins: what is loaded above moves nothing. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too */}
      <div className="messages" ref={setScroller} tabIndex={0} role="log" aria-label="메시지">
        <ol>
          {list.hasOlder && (
            <li className="messages-older" ref={older}>
              <Loading label="이전 메시지를 불러오는 중" />
            </li>
          )}
          {list.messages.length === 0 && (
            <li>
              <Empty icon="chat" title="첫 메시지를 보내 보세요." />
            </li>
          )}
          {list.messages.map((view, i) => {
            const before = list.messages[i - 1];
            return (
              <Fragment key={view.key}>
                <DayLine before={before} view={view} />
                <MessageItem
                  view={view}
                  room={room}
                  first={!together(before, view)}
                  last={!together(view, list.messages[i + 1])}
                  answered={view.message.replyTo ? list.messages.find(({ message }) => message.id === view.message.replyTo) : undefined}
                  onAnswer={onAnswer}
                  onEdit={onEdit}
                />
              </Fragment>
            );
          })}
        </ol>
      </div>
      {!atEnd && (
        <button type="button" className="messages-end" onClick={toEnd}>
          <Icon name="next" size={20} />
          <span className="hidden-visually">최근 메시지로</span>
        </button>
      )}
    </div>
  );
}

function DayLine({ before, view }: { before: MessageView | undefined; view: MessageView }) {
  const date = dateOf(view.message.createdAt) ?? new Date();
  const last = before && (dateOf(before.message.createdAt) ?? new Date());
  if (last && dayKey(last) === dayKey(date)) return null;
  return (
    <li className="messages-day">
      <time dateTime={dayKey(date)}>{day(date)}</time>
    </li>
  );
}

function together(a: MessageView | undefined, b: MessageView | undefined): boolean {
  if (!a || !b || a.message.sender?.userId !== b.message.sender?.userId) return false;
  const time = (view: MessageView) => dateOf(view.message.createdAt)?.getTime() ?? Date.now();
  return time(b) - time(a) < togetherMs && dayKey(new Date(time(a))) === dayKey(new Date(time(b)));
}

function useEnd(scroller: HTMLElement | null) {
  const [atEnd, setAtEnd] = useState(true);
  useEffect(() => {
    if (!scroller) return;
    // From the end, upwards: below zero.
    const look = () => setAtEnd(scroller.scrollTop > -nearPx);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => scroller.removeEventListener("scroll", look);
  }, [scroller]);
  const toEnd = () => scroller?.scrollTo({ top: 0, behavior: "smooth" });
  return { atEnd, toEnd };
}

/** Notes what was read: what is at the end while the page is looked at. */
function useReading({ messages, markRead }: MessagesHook, atEnd: boolean) {
  const seq = messages.at(-1)?.message.seq;
  useEffect(() => {
    if (!atEnd || seq === undefined) return;
    const read = () => {
      if (document.visibilityState === "visible") markRead();
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [markRead, seq, atEnd]);
}

/** Loads older messages when the beginning of the list comes into sight. */
function useOlder({ isLoaded, hasOlder, loadOlder, messages }: MessagesHook, scroller: HTMLElement | null) {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const more = isLoaded && hasOlder;
  // Looked at anew after every page: the next one may be needed at once.
  const first = messages[0]?.key;
  useEffect(() => {
    if (!element || !more || first === undefined) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((entry) => entry.isIntersecting)) void loadOlder();
      },
      { root: scroller, rootMargin: "400px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [loadOlder, scroller, element, more, first]);
  return setElement;
}
