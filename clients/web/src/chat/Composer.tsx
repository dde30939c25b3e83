import { type MessageView, nameOf } from "@dongbaejul/client";
import { SendMessageRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useTyping, useUserId } from "@dongbaejul/client/react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useAct } from "../club/useAct";
import { IconButton } from "../ui/Button";
import "./Composer.css";
import { lastWords } from "./RoomList";

interface ComposerProps {
  roomId: string;
  /** The message that is answered. */
  answering: MessageView | undefined;
  /** One's own message that is changed. */
  editing: MessageView | undefined;
  onDone: () => void;
}

/** Where messages are written. What is sent goes to the outbox, so that it is not lost without a connection. */
export function Composer({ roomId, answering, editing, onDone }: ComposerProps) {
  const { setTyping } = useTyping(roomId);
  const act = useAct();
  const draftKey = `dongbaejul.draft.${useUserId()}.${roomId}`;
  const [text, setText] = useState(() => editing?.message.content ?? sessionStorage.getItem(draftKey) ?? "");
  const input = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (answering || editing) input.current?.focus();
  }, [answering, editing]);
  useEffect(() => {
    const element = input.current;
    if (!element) return;
    // As high as its lines, up to what the style sheet allows.
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  const write = (next: string) => {
    setText(next);
    if (editing) return;
    sessionStorage.setItem(draftKey, next);
    setTyping(next.trim() !== "");
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const content = text.trim();
    if (content === "") return;
    if (editing) {
      const { roomId, id: messageId } = editing.message;
      if (content !== editing.message.content && !act({ kind: "edit_message", roomId, messageId, content })) return;
    } else {
      if (!act({ kind: "send_message", roomId, content, ...(answering ? { replyTo: answering.message.id } : {}) })) return;
      write("");
    }
    onDone();
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a syllable is being put together Enter ends it, and nothing else.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") onDone();
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(hover: none)").matches) send(event);
  };
  const about = editing ?? answering;
  return (
    <form className="composer" onSubmit={send}>
      {about && (
        <div className="composer-about small">
          <p>
            <strong>{editing ? "메시지 수정" : `${nameOf(answering?.message.sender)}에게 답장`}</strong> {lastWords(about.message)}
          </p>
          <IconButton icon="close" label="그만두기" onClick={onDone} />
        </div>
      )}
      <div className="composer-line">
        <textarea
          ref={input}
          className="input"
          rows={1}
          maxLength={SendMessageRequestLimits.content}
          aria-label="메시지"
          placeholder="메시지 입력"
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => setTyping(false)}
        />
        <IconButton className="composer-send" type="submit" icon="send" label="보내기" disabled={text.trim() === ""} />
      </div>
    </form>
  );
}
