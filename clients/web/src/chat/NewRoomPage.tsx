import { type Member, RoomType } from "@dongbaejul/client";
import { CreateRoomRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { usePermission } from "@dongbaejul/client/react";
import { type FormEvent, useState } from "react";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { MemberPicker } from "../members/MemberPicker";
import { pathTo } from "../router/paths";
import { go } from "../router/router";
import { Page } from "../shell/Page";
import { Button } from "../ui/Button";
import { Switch, TextField } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { chatWords } from "./words";

/** Starts a conversation with one member, several, or all. */
export function NewRoomPage() {
  const words = useWords(chatWords);
  const client = useClient();
  const mayGlobal = usePermission("chat.create_global");
  const requestId = useRequestId();
  const [people, setPeople] = useState<readonly Member[]>([]);
  const [name, setName] = useState("");
  const [everybody, setEverybody] = useState(false);
  const type = everybody ? RoomType.GLOBAL : people.length === 1 && name === "" ? RoomType.PRIVATE : RoomType.GROUP;
  const create = useAction(async () => {
    const draft = { type, name, participants: everybody ? [] : people.map((member) => member.id) };
    const { room } = await client.chat.createRoom({ ...draft, requestId: requestId(draft) });
    if (room) go(pathTo("room", { room: room.id }), { replace: true });
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    void create.run();
  };
  const named = everybody || people.length > 1;
  return (
    <Page title={words.newRoom} parent={pathTo("rooms")} width="narrow">
      <form className="stack" onSubmit={send}>
        {mayGlobal && <Switch label={words.everybody} on={everybody} onChange={setEverybody} />}
        {named && (
          <TextField
            label={words.roomName}
            required
            maxLength={CreateRoomRequestLimits.name}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        {!everybody && <MemberPicker chosen={people} onChange={setPeople} />}
        <FaultNote fault={create.fault} />
        <Button type="submit" look="primary" size="large" busy={create.busy} disabled={!everybody && people.length === 0}>
          {people.length === 1 && !everybody ? words.talkTo(nameOf(people[0])) : words.create}
        </Button>
      </form>
    </Page>
  );
}
