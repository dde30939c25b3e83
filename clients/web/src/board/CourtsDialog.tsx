import { type Court, CourtStatus } from "@dongbaejul/client";
import { type FormEvent, useState } from "react";
import { useClient } from "../club/ClubProvider";
import { useAction } from "../club/useAction";
import { useRemote } from "../club/useRemote";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Switch, TextField } from "../ui/Field";
import { FaultNote, Loading, Problem } from "../ui/State";

/** The courts, for who runs the games: what they are called, which are closed, and new ones. */
export function CourtsDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const asked = useRemote("courts", async (signal) => (await client.games.listCourts({}, { signal })).courts);
  const [name, setName] = useState("");
  const update = useAction(async (change: { courtId: string; name?: string; status?: CourtStatus }) => {
    asked.set((await client.games.updateCourt(change)).courts);
    if (change.name !== undefined) setName("");
  });
  const add = (event: FormEvent) => {
    event.preventDefault();
    void update.run({ courtId: newId(asked.value ?? []), name });
  };
  return (
    <Dialog title="코트 관리" onClose={onClose}>
      {asked.value ? (
        <div>
          {asked.value.map(({ id, name, status }) => (
            <Switch
              key={id}
              label={status === CourtStatus.PLAYING ? `${name} (경기 중)` : name}
              on={status !== CourtStatus.MAINTENANCE}
              disabled={update.busy || status === CourtStatus.PLAYING}
              onChange={(on) => void update.run({ courtId: id, status: on ? CourtStatus.AVAILABLE : CourtStatus.MAINTENANCE })}
            />
          ))}
        </div>
      ) : asked.fault ? (
        <Problem fault={asked.fault} onRetry={asked.reload} />
      ) : (
        <Loading />
      )}
      <form className="stack" onSubmit={add}>
        <TextField label="새 코트 이름" required maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
        <FaultNote fault={update.fault} />
        <div className="dialog-actions">
          <Button onClick={onClose}>닫기</Button>
          <Button type="submit" look="primary" busy={update.busy}>
            추가
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The first number that is no court's id. */
function newId(courts: readonly Court[]): string {
  const taken = new Set(courts.map(({ id }) => id));
  let number = courts.length + 1;
  while (taken.has(String(number))) number++;
  return String(number);
}
