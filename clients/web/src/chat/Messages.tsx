import type { MessageView } from "@dongbaejul/client";
import { type MessagesHook, useMessages } from "@dongbaejul/client/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Virtualizer } from "virtua";
import { dateOf, dayKey } from "../format/time";
import { useWords } from "../language/language";
import { Pending } from "../shell/Pending";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Empty, FaultNote, Loading } from "../ui/State";
import { MessageItem } from "./MessageItem";
import { chatWords } from "./words";
import "./Messages.css";
import { useMessageScroll } from "./useMessageScroll";

/** Messages of one person within this time are one group. */
const togetherMs = 3 * 60_000;

interface MessagesProps {
  roomId: string;
  /** Must be stable, or every message renders again. */
  onAnswer: (message: MessageView) => void;
  onEdit: (message: MessageView) => void;
}

/** The messages of a room. At the end, the view follows new ones; further up, it stays where it is. */
export function Messages({ roomId, onAnswer, onEdit }: MessagesProps) {
  const words = useWords(chatWords);
  const list = useMessages(roomId);
  const rows = useMemo(() => rowsOf(list.messages), [list.messages]);
  const { handle, atEnd, toEnd, onScroll, onResize } = useMessageScroll(roomId, list);
  useReading(list, atEnd);
  const shift = useShift(list.messages);
  const row = useCallback(
    ({ view, ...rest }: Row) => <MessageItem key={view.key} view={view} {...rest} onAnswer={onAnswer} onEdit={onEdit} />,
    [onAnswer, onEdit],
  );

  if (!list.isLoaded && list.messages.length === 0) {
    return (
      <div className="messages">
        <Pending error={list.error} />
      </div>
    );
  }
  return (
    <div className="messages-frame">
      {list.isLoadingOlder && (
        <div className="messages-older">
          <Loading label={words.loadingOlder} />
        </div>
      )}
      {list.error && list.hasOlder && !list.isLoadingOlder && (
        <div className="messages-older">
          <FaultNote fault={list.error}>
            <Button size="small" look="quiet" onClick={list.loadOlder}>
              {words.retry}
            </Button>
          </FaultNote>
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too */}
      <div className="messages" tabIndex={0} role="log" aria-label={words.messages}>
        {rows.length === 0 && <Empty icon="chat" title={words.first} />}
        <div className="messages-space" />
        <Virtualizer ref={handle} as="ol" item="li" data={rows} shift={shift} onScroll={onScroll} onResize={onResize}>
          {row}
        </Virtualizer>
      </div>
      {!atEnd && (
        <button type="button" className="messages-end" onClick={toEnd}>
          <Icon name="next" size={20} />
          <span className="hidden-visually">{words.toNewest}</span>
        </button>
      )}
    </div>
  );
}

interface Row {
  view: MessageView;
  /** Whether it is the first of a day, which has the day above it. */
  newDay: boolean;
  /** Whether it is the first of its group, which has the sender's name, or the last, which has the time. */
  first: boolean;
  last: boolean;
  answered: MessageView | undefined;
}

function rowsOf(messages: readonly MessageView[]): Row[] {
  const known = new Map(messages.map((view) => [view.message.id, view]));
  return messages.map((view, i) => {
    const before = messages[i - 1];
    return {
      view,
      newDay: !before || dayKey(timeOf(before)) !== dayKey(timeOf(view)),
      first: !together(before, view),
      last: !together(view, messages[i + 1]),
      answered: view.message.replyTo ? known.get(view.message.replyTo) : undefined,
    };
  });
}

function together(a: MessageView | undefined, b: MessageView | undefined): boolean {
  if (!a || !b || a.message.sender?.userId !== b.message.sender?.userId) return false;
  return timeOf(b).getTime() - timeOf(a).getTime() < togetherMs && dayKey(timeOf(a)) === dayKey(timeOf(b));
}

function timeOf(view: MessageView): Date {
  return dateOf(view.message.createdAt) ?? new Date();
}

/** Reports whether the latest change has prepended older messages. */
function useShift(messages: readonly MessageView[]): boolean {
  const [latest, setLatest] = useState({ messages, shift: false });
  if (latest.messages === messages) return latest.shift;
  const [first] = latest.messages;
  const shift = first !== undefined && first.key !== messages[0]?.key && messages.some(({ key }) => key === first.key);
  setLatest({ messages, shift });
  return shift;
}

/** Marks messages as read: those at the end while the page is visible. */
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
