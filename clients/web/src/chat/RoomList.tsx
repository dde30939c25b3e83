import { type MessageView, RoomType, type RoomView } from "@dongbaejul/client";
import { useOnline, useRooms } from "@dongbaejul/client/react";
import { withoutDirection } from "../format/text";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Ago } from "../shell/Ago";
import { Pending } from "../shell/Pending";
import { Avatar } from "../ui/Avatar";
import { Badge, Count } from "../ui/Badge";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { chatWords, roomTypeWords } from "./words";
import "./RoomList.css";
import { useOtherPerson } from "./people";

/** The user's rooms, the last active first. */
export function RoomList({ current }: { current: string | undefined }) {
  const words = useWords(chatWords);
  const list = useRooms();
  if (!list.isLoaded && list.rooms.length === 0) return <Pending error={list.error} />;
  if (list.rooms.length === 0) {
    return (
      <Empty icon="chat" title={words.noRooms}>
        <ButtonLink href={pathTo("newRoom")} icon="plus">
          {words.newRoom}
        </ButtonLink>
      </Empty>
    );
  }
  return (
    <ul className="rooms">
      {list.rooms.map((view) => (
        <RoomRow key={view.id} view={view} current={view.id === current} />
      ))}
    </ul>
  );
}

function RoomRow({ view, current }: { view: RoomView; current: boolean }) {
  const words = useWords(chatWords);
  const other = useOtherPerson(view.room);
  const online = useOnline(other?.userId ?? "");
  const { room, title, unread, unreadMore } = view;
  return (
    <li>
      <Link className="room-row" href={pathTo("room", { room: view.id })} aria-current={current ? "page" : undefined}>
        <Avatar name={title} src={other?.avatar ?? ""} online={online} />
        <span className="room-row-text">
          <span className="room-row-title">
            {title}
            {room.type !== RoomType.PRIVATE && (
              <Badge>
                {wordsOf(roomTypeWords)[room.type]} {room.participants.length}
              </Badge>
            )}
          </span>
          <span className="room-row-last small soft">{room.lastMessage ? lastWords(room.lastMessage) : words.noMessages}</span>
        </span>
        <span className="room-row-aside small soft">
          <Ago time={room.lastMessage?.createdAt ?? room.createdAt} />
          <Count of={unread} more={unreadMore} label={words.unreadMessages} />
        </span>
      </Link>
    </li>
  );
}

/** Returns a short preview of a message. */
export function lastWords(message: MessageView["message"]): string {
  const words = wordsOf(chatWords);
  if (message.deleted) return words.deleted;
  return withoutDirection(message.content) || (message.attachments.length > 0 ? words.photo : "");
}
