import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import "./ChatPage.css";
import { Room } from "./Room";
import { RoomList } from "./RoomList";

/** The rooms, and beside them the one that is open; on a telephone one or the other. */
export function ChatPage({ room }: { room?: string }) {
  return (
    <div className={`chat ${room ? "chat-open" : ""}`}>
      <div className="chat-rooms">
        <Page
          title="채팅"
          width="full"
          actions={
            <ButtonLink size="small" icon="plus" href={pathTo("newRoom")}>
              새 대화
            </ButtonLink>
          }
          landmark={!room}
        >
          <RoomList current={room} />
        </Page>
      </div>
      <div className="chat-room">
        {room ? <Room key={room} roomId={room} /> : <Empty icon="chat" title="대화를 고르면 여기에 열립니다." />}
      </div>
    </div>
  );
}
