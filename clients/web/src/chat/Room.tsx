import { type MessageView, RoomType, type RoomView } from "@dongbaejul/client";
import { useOnline, useRoom, useTyping } from "@dongbaejul/client/react";
import { useCallback, useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go, goBack } from "../router/router";
import { Pending } from "../shell/Pending";
import { Badge } from "../ui/Badge";
import { IconButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Menu } from "../ui/Menu";
import { Empty } from "../ui/State";
import { Composer } from "./Composer";
import { InviteDialog } from "./InviteDialog";
import { Messages } from "./Messages";
import { ParticipantsDialog } from "./ParticipantsDialog";
import { nameIn, useOtherPerson } from "./people";
import { chatWords, roomTypeWords } from "./words";
import "./Room.css";

/** An open room: its messages and the composer. */
export function Room({ roomId }: { roomId: string }) {
  const words = useWords(chatWords);
  const { room: view, isLoaded, fromCache, error } = useRoom(roomId);
  if (!view) {
    return (
      <main className="room">
        <title>{words.chatTitle}</title>
        <h1 className="hidden-visually">{words.chat}</h1>
        {isLoaded && !fromCache ? <Empty icon="chat" title={words.notFound} /> : <Pending error={error} />}
      </main>
    );
  }
  return <OpenRoom view={view} />;
}

/** What the user writes instead of a new message: an answer or an edit. */
interface About {
  answering?: MessageView;
  editing?: MessageView;
}

function OpenRoom({ view }: { view: RoomView }) {
  const words = useWords(chatWords);
  const [{ answering, editing }, setAbout] = useState<About>({});
  const onAnswer = useCallback((answering: MessageView) => setAbout({ answering }), []);
  const onEdit = useCallback((editing: MessageView) => setAbout({ editing }), []);
  const onDone = useCallback(() => setAbout({}), []);
  return (
    <main className="room">
      <title>{words.titled(view.title)}</title>
      <RoomHeader view={view} />
      <Messages roomId={view.id} onAnswer={onAnswer} onEdit={onEdit} />
      <TypingLine view={view} />
      <Composer key={editing?.key ?? "new"} roomId={view.id} answering={answering} editing={editing} onDone={onDone} />
    </main>
  );
}

function RoomHeader({ view: { room, title } }: { view: RoomView }) {
  const words = useWords(chatWords);
  const client = useClient();
  const other = useOtherPerson(room);
  const online = useOnline(other?.userId ?? "");
  const [dialog, setDialog] = useState<"people" | "invite" | "leave">();
  const close = () => setDialog(undefined);
  const leave = useAction(async () => {
    await client.chat.leaveRoom({ roomId: room.id });
    go(pathTo("rooms"), { replace: true });
  });
  const group = room.type === RoomType.GROUP;
  return (
    <header className="room-header">
      <IconButton icon="back" label={words.toRooms} className="room-back" onClick={() => goBack(pathTo("rooms"))} />
      <h1>{title}</h1>
      {other ? online && <Badge tone="accent">{words.online}</Badge> : <Badge>{wordsOf(roomTypeWords)[room.type]}</Badge>}
      <span className="room-space" />
      <IconButton icon="people" label={words.participants(room.participants.length)} onClick={() => setDialog("people")} />
      {group && (
        <Menu
          label={words.roomMenu}
          items={[
            { icon: "plus", text: words.inviteMembers, onChoose: () => setDialog("invite") },
            { icon: "close", text: words.leave, danger: true, onChoose: () => setDialog("leave") },
          ]}
        />
      )}
      {dialog === "people" && <ParticipantsDialog room={room} onClose={close} />}
      {dialog === "invite" && <InviteDialog room={room} onClose={close} />}
      {dialog === "leave" && (
        <Confirm title={words.leaveAsk(title)} action={words.leave} busy={leave.busy} onClose={close} onConfirm={() => void leave.run()}>
          <p>{leave.fault?.message ?? words.leaveNote}</p>
        </Confirm>
      )}
    </header>
  );
}

function TypingLine({ view: { id, room } }: { view: RoomView }) {
  const words = useWords(chatWords);
  const { typing } = useTyping(id);
  const names = typing.slice(0, 3).map((userId) => nameIn(room, userId));
  return (
    <p className="typing small soft" role="status">
      {names.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {words.typing(names.join(", "), typing.length - names.length)}
        </>
      )}
    </p>
  );
}
