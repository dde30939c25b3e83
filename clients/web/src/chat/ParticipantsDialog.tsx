import { type Room, RoomType } from "@dongbaejul/client";
import { usePermission, usePresence, useUserId } from "@dongbaejul/client/react";
import { useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";
import { chatWords } from "./words";

/** Who is in a room. */
export function ParticipantsDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const words = useWords(chatWords);
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
        title={words.expelAsk(nameOf(removing))}
        action={words.expel}
        busy={remove.busy}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => void remove.run()}
      >
        <p>{remove.fault?.message ?? words.expelNote}</p>
      </Confirm>
    );
  }
  const people = [...room.participants].sort((a, b) => Number(online.has(b.userId)) - Number(online.has(a.userId)));
  return (
    <Dialog title={words.participants(people.length)} onClose={onClose}>
      <div className="picker">
        <ul>
          {people.map((participant) => (
            <li key={participant.userId}>
              <Link className="picker-person" href={pathTo("member", { member: participant.userId })} onClick={onClose}>
                <Avatar size="small" name={nameOf(participant)} src={participant.avatar} online={online.has(participant.userId)} />
                <span>{nameOf(participant)}</span>
                {online.has(participant.userId) && <span className="small soft">{words.online}</span>}
              </Link>
              {removes && participant.userId !== me && (
                <Button onClick={() => setRemoving(participant)} aria-label={words.expelName(nameOf(participant))}>
                  {words.expel}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.close}</Button>
      </div>
    </Dialog>
  );
}
