import type { Room } from "@dongbaejul/client";
import { useClub } from "../club/ClubProvider";
import { useReadable } from "../club/useReadable";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

/** Who is in a room. */
export function ParticipantsDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const online = useReadable(useClub().presence);
  const people = [...room.participants].sort((a, b) => Number(online.has(b.userId)) - Number(online.has(a.userId)));
  return (
    <Dialog title={`참여한 회원 ${people.length}명`} onClose={onClose}>
      <div className="picker">
        <ul>
          {people.map(({ userId, displayName, avatar }) => (
            <li key={userId}>
              <Link className="picker-person" href={pathTo("member", { member: userId })} onClick={onClose}>
                <Avatar size="small" name={displayName} src={avatar} online={online.has(userId)} />
                <span>{displayName}</span>
                {online.has(userId) && <span className="small soft">접속 중</span>}
              </Link>
            </li>
          ))}
        </ul>
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>닫기</Button>
      </div>
    </Dialog>
  );
}
