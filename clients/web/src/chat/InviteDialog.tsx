import type { Member, Room } from "@dongbaejul/client";
import { useMemo, useState } from "react";
import { useClient } from "../club/client";
import { useAction } from "../club/useAction";
import { useWords } from "../language/language";
import { MemberPicker } from "../members/MemberPicker";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { FaultNote } from "../ui/State";
import { chatWords } from "./words";

/** Invites members to a group. */
export function InviteDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const words = useWords(chatWords);
  const client = useClient();
  const [people, setPeople] = useState<readonly Member[]>([]);
  const present = useMemo(() => new Set(room.participants.map((person) => person.userId)), [room]);
  const invite = useAction(async () => {
    await client.chat.inviteMembers({ roomId: room.id, participants: people.map((member) => member.id) });
    onClose();
  });
  return (
    <Dialog title={words.inviteMembers} onClose={onClose}>
      <MemberPicker without={present} chosen={people} onChange={setPeople} />
      <FaultNote fault={invite.fault} />
      <div className="dialog-actions">
        <Button onClick={onClose}>{words.cancel}</Button>
        <Button look="primary" busy={invite.busy} disabled={people.length === 0} onClick={() => void invite.run()}>
          {words.invite}
        </Button>
      </div>
    </Dialog>
  );
}
