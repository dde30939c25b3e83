import { type MessageView, UploadPurpose } from "@dongbaejul/client";
import { SendMessageRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useTyping } from "@dongbaejul/client/react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useAct } from "../club/useAct";
import { useDraft } from "../drafts/useDraft";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { IconButton } from "../ui/Button";
import { lengthInWords } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { PictureInput, PictureStrip, useGivenFiles } from "../uploads/Pictures";
import { type UploadedPicture, usePictures } from "../uploads/usePictures";
import { chatWords } from "./words";
import "./Composer.css";
import { lastWords } from "./RoomList";

interface ComposerProps {
  roomId: string;
  /** The message that is answered. */
  answering: MessageView | undefined;
  /** The user's own message that is edited. */
  editing: MessageView | undefined;
  onDone: () => void;
}

/** The input for messages. They go to the outbox, so that they are not lost without a connection. */
export function Composer({ roomId, answering, editing, onDone }: ComposerProps) {
  const words = useWords(chatWords);
  const { setTyping } = useTyping(roomId);
  const act = useAct();
  const draft = useDraft(editing ? `message.${editing.message.id}` : `room.${roomId}`, editing?.message.content ?? "");
  const text = draft.value;
  const { counter, error: tooLong } = lengthInWords(text.trim(), SendMessageRequestLimits.content);
  const input = useRef<HTMLTextAreaElement>(null);
  const [attached, setAttached] = useState<readonly UploadedPicture[]>([]);
  const pictures = usePictures(UploadPurpose.CHAT, attached.length, (ready) => setAttached((now) => [...now, ...ready]));
  const addPictures = (files: File[]) => {
    if (!editing) pictures.add(files);
  };
  useGivenFiles(addPictures);

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
    draft.set(next);
    if (editing) return;
    setTyping(next.trim() !== "");
  };
  const complete = (text.trim() !== "" || attached.length > 0) && !tooLong && pictures.pending.length === 0;
  const send = (event: FormEvent) => {
    event.preventDefault();
    const content = text.trim();
    if (!complete) return;
    if (editing) {
      const { roomId, id: messageId } = editing.message;
      if (content !== editing.message.content && !act({ kind: "edit_message", roomId, messageId, content })) return;
      draft.clear();
    } else {
      const sent = act({
        kind: "send_message",
        roomId,
        content,
        ...(attached.length > 0 ? { attachments: attached.map(({ fileId, name }) => ({ fileId, name })) } : {}),
        ...(answering ? { replyTo: answering.message.id } : {}),
      });
      if (!sent) return;
      write("");
      setAttached([]);
    }
    onDone();
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a syllable is being composed, Enter only completes it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") giveUp();
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(hover: none)").matches) send(event);
  };
  const giveUp = () => {
    if (editing) draft.clear();
    onDone();
  };
  const about = editing ?? answering;
  return (
    <form className="composer" onSubmit={send}>
      {about && (
        <div className="composer-about small">
          <p>
            <strong>{editing ? words.editMessage : words.answerTo(nameOf(answering?.message.sender))}</strong> {lastWords(about.message)}
          </p>
          <IconButton icon="close" label={words.stop} onClick={giveUp} />
        </div>
      )}
      {counter && (
        <p className={`composer-length small ${tooLong ? "field-error" : "soft"}`} role={tooLong ? "alert" : undefined}>
          <span>{tooLong}</span>
          <span className="number">{counter}</span>
        </p>
      )}
      <PictureStrip
        uploaded={attached}
        pictures={pictures}
        onRemove={({ fileId }) => setAttached((now) => now.filter((picture) => picture.fileId !== fileId))}
      />
      <div className="composer-line">
        {!editing && (
          <PictureInput className="icon-button" several disabled={pictures.isFull} onChoose={addPictures}>
            <Icon name="albums" />
            <span className="hidden-visually">{words.addPictures}</span>
          </PictureInput>
        )}
        <textarea
          ref={input}
          className="input"
          rows={1}
          aria-label={words.message}
          aria-invalid={tooLong ? true : undefined}
          placeholder={words.placeholder}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => setTyping(false)}
        />
        <IconButton className="composer-send" type="submit" icon="send" label={words.send} disabled={!complete} />
      </div>
    </form>
  );
}
