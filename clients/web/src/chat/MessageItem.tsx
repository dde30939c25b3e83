import type { Attachment, MessageView } from "@dongbaejul/client";
import { useOutboxActions, usePermission } from "@dongbaejul/client/react";
import { memo, useState } from "react";
import { pictureOf } from "../albums/pictures";
import { useAct } from "../club/useAct";
import { nameOf } from "../format/names";
import { dateOf, day, dayKey } from "../format/time";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { At } from "../shell/Ago";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Menu, type MenuItem } from "../ui/Menu";
import { FoldedText } from "../ui/Text";
import { chatWords } from "./words";
import "./MessageItem.css";
import { lastWords } from "./RoomList";

interface MessageItemProps {
  view: MessageView;
  /** Whether it is the first of a day, which has the day above it. */
  newDay: boolean;
  /** Whether it is the first of its group, which has the sender's name, or the last, which has the time. */
  first: boolean;
  last: boolean;
  answered: MessageView | undefined;
  onAnswer: (message: MessageView) => void;
  onEdit: (message: MessageView) => void;
}

/** One message. It is memoized, so its props must be stable. */
export const MessageItem = memo(function MessageItem({ view, newDay, first, last, answered, onAnswer, onEdit }: MessageItemProps) {
  const words = useWords(chatWords);
  const { message, mine, state } = view;
  const sender = message.sender;
  return (
    <>
      {newDay && <DayLine date={dateOf(message.createdAt) ?? new Date()} />}
      <div className={`message ${mine ? "message-mine" : ""} ${first ? "message-first" : ""}`}>
        {!mine && first && sender && (
          <Link className="message-avatar" href={pathTo("member", { member: sender.userId })} tabIndex={-1} aria-hidden="true">
            <Avatar name={nameOf(sender)} src={sender.avatar} size="small" />
          </Link>
        )}
        <div className="message-body">
          {first && <span className={mine ? "hidden-visually" : "message-sender small"}>{mine ? words.mine : nameOf(sender)}</span>}
          <div className="message-line">
            <div className={`bubble ${message.deleted ? "bubble-deleted" : ""} ${state === "sent" ? "" : "bubble-pending"}`}>
              {message.replyTo && !message.deleted && <Answered view={answered} />}
              {message.deleted ? <span>{words.deleted}</span> : <FoldedText inline>{message.content}</FoldedText>}
              {message.attachments.map((file) => (
                <File key={file.fileId} file={file} />
              ))}
            </div>
            <div className="message-aside">
              <Trace view={view} last={last} />
            </div>
            {state === "sent" && !message.deleted && <Actions view={view} onAnswer={onAnswer} onEdit={onEdit} />}
          </div>
          {state === "failed" && <Failed view={view} />}
        </div>
      </div>
    </>
  );
});

function DayLine({ date }: { date: Date }) {
  return (
    <p className="messages-day">
      <time dateTime={dayKey(date)}>{day(date)}</time>
    </p>
  );
}

/** The state of a message: being sent, or when it was sent and how many have not read it. */
function Trace({ view, last }: { view: MessageView; last: boolean }) {
  const words = useWords(chatWords);
  const { message, state, unreadBy } = view;
  if (state === "queued" || state === "sending") {
    return (
      <span className="message-trace">
        <Icon name="clock" size={14} />
        <span className="hidden-visually">{state === "sending" ? words.sending : words.queued}</span>
      </span>
    );
  }
  if (state === "failed") return null;
  return (
    <>
      {unreadBy > 0 && !message.deleted && (
        <span className="message-unread number">
          <span className="hidden-visually">{words.unread} </span>
          {unreadBy}
        </span>
      )}
      {last && (
        <span className="message-trace">
          {message.editedAt && !message.deleted && `${words.edited} `}
          <At time={message.createdAt} clockOnly />
        </span>
      )}
    </>
  );
}

function Answered({ view }: { view: MessageView | undefined }) {
  const words = useWords(chatWords);
  return (
    <blockquote className="answered small">
      {view ? (
        <>
          <strong>{nameOf(view.message.sender)}</strong> {lastWords(view.message)}
        </>
      ) : (
        words.answerToOlder
      )}
    </blockquote>
  );
}

/** How high a picture is at most, in rem. */
const pictureHeight = 20;

function File({ file }: { file: Attachment }) {
  const words = useWords(chatWords);
  if (file.contentType.startsWith("image/")) {
    const { width, height } = file;
    // The box is there before the picture is loaded. No picture is drawn larger than it is.
    const box = width > 0 &&
      height > 0 && { width: `min(${(pictureHeight * width) / height}rem, ${width}px)`, aspectRatio: `${width} / ${height}` };
    return (
      <a className="message-image" href={file.url} target="_blank" rel="noreferrer noopener">
        <img
          alt={file.name || words.photo}
          loading="lazy"
          decoding="async"
          style={box || undefined}
          {...pictureOf(file.url, [640, 1280], "34rem")}
        />
      </a>
    );
  }
  // The message is still being sent.
  if (file.url === "") {
    return (
      <span className="message-file">
        <Icon name="albums" size={18} /> {file.name || words.photo}
      </span>
    );
  }
  return (
    <a className="link" href={file.url} target="_blank" rel="noreferrer noopener">
      {file.name || words.file}
    </a>
  );
}

function Actions({ view, onAnswer, onEdit }: Pick<MessageItemProps, "view" | "onAnswer" | "onEdit">) {
  const words = useWords(chatWords);
  const act = useAct();
  const moderate = usePermission("chat.moderate");
  const [deleting, setDeleting] = useState(false);
  const { message, mine } = view;
  const items: MenuItem[] = [{ icon: "reply", text: words.answer, onChoose: () => onAnswer(view) }];
  if (mine) items.push({ icon: "edit", text: words.edit, onChoose: () => onEdit(view) });
  if (mine || moderate) {
    items.push({
      icon: "close",
      text: words.remove,
      danger: true,
      onChoose: () => setDeleting(true),
    });
  }
  return (
    <div className="message-actions">
      <Menu label={words.messageMenu} items={items} />
      {deleting && (
        <Confirm
          title={words.removeAsk}
          action={words.remove}
          onClose={() => setDeleting(false)}
          onConfirm={() => {
            act({ kind: "delete_message", roomId: message.roomId, messageId: message.id });
            setDeleting(false);
          }}
        >
          <p>{words.removeNote}</p>
        </Confirm>
      )}
    </div>
  );
}

function Failed({ view: { item } }: { view: MessageView }) {
  const words = useWords(chatWords);
  const { retry, drop } = useOutboxActions();
  if (!item) return null;
  return (
    <div className="message-failed small" role="alert">
      <span>{item.state === "failed" ? item.fault.message : words.notSent}</span>
      <Button size="small" look="quiet" onClick={() => retry(item.id)}>
        {words.sendAgain}
      </Button>
      <Button size="small" look="quiet" onClick={() => drop(item.id)}>
        {words.discard}
      </Button>
    </div>
  );
}
