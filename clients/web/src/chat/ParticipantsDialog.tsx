import { type Room, RoomType } from "@dongbaejul/client";
import { usePermission, usePresence, useUserId } from "@dongbaejul/client/react";
import { useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";

/** Who is in a room. */
export function ParticipantsDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const online = usePresence();
  const me = useUserId();
  const moderates = usePermission("chat.moderate");
  const [removing, setRemoving] = useState<Room["participants"][number]>();
  const client = useClient();
  const remove = useAction(async () => {
    await client.chat.removeMember({ roomId: room.id, userId: removing?.userId ?? "" });
    setRemoving(undefined);
  });
  const removes = room.type === RoomType.GROUP && (moderates || room.createdBy === me);
  if (removing) {
    return (
      <Confirm
        title={`${nameOf(removing)}님을 내보낼까요?`}
        action="내보내기"
        busy={remove.busy}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => void remove.run()}
      >
        <p>{remove.fault?.message ?? "내보낸 회원은 다시 초대해야 들어올 수 있습니다."}</p>
      </Confirm>
    );
  }
  const people = [...room.participants].sort((a, b) => Number(online.has(b.userId)) - Number(online.has(a.userId)));
  return (
    <Dialog title={`참여한 회원 ${people.length}명`} onClose={onClose}>
      <div className="picker">
        <ul>
          {people.map((participant) => (
            <li key={participant.userId}>
              <Link className="picker-person" href={pathTo("member", { member: participant.userId })} onClick={onClose}>
                <Avatar size="small" name={nameOf(participant)} src={participant.avatar} online={online.has(participant.userId)} />
                <span>{nameOf(participant)}</span>
                {online.has(participant.userId) && <span className="small soft">접속 중</span>}
              </Link>
              {removes && participant.userId !== me && (
                <Button onClick={() => setRemoving(participant)} aria-label={`${nameOf(participant)}님 내보내기`}>
                  내보내기
                </Button>
              )}
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
