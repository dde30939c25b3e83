import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { chatWords } from "./words";
import "./ChatPage.css";
import { Room } from "./Room";
import { RoomList } from "./RoomList";

/** The list of rooms beside the open one; on a phone, one of them. */
export function ChatPage({ room }: { room?: string }) {
  const words = useWords(chatWords);
  return (
    <div className={`chat ${room ? "chat-open" : ""}`}>
      <div className="chat-rooms">
        <Page
          title={words.chat}
          width="full"
          actions={
            <ButtonLink size="small" icon="plus" href={pathTo("newRoom")}>
              {words.newRoom}
            </ButtonLink>
          }
          landmark={!room}
        >
          <RoomList current={room} />
        </Page>
      </div>
      <div className="chat-room">{room ? <Room key={room} roomId={room} /> : <Empty icon="chat" title={words.choose} />}</div>
    </div>
  );
}
