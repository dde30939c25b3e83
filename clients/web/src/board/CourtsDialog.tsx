import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { type Court, CourtStatus, GameService } from "@dongbaejul/client";
import { CreateCourtRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction, useRequestId } from "../club/useAction";
import { useWords } from "../language/language";
import { Button, IconButton } from "../ui/Button";
import { Confirm, Dialog } from "../ui/Dialog";
import { Switch, TextField } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { boardWords } from "./words";
import "./CourtsDialog.css";

/** The courts, for managers: adds them, deletes them, and takes them out of use. */
export function CourtsDialog({ onClose }: { onClose: () => void }) {
  const words = useWords(boardWords);
  const client = useClient();
  const asked = useQuery(GameService.method.listCourts);
  const courts = asked.data?.courts ?? [];
  const queries = useQueryClient();
  const show = (courts: Court[]) => {
    const key = createConnectQueryKey({
      schema: GameService.method.listCourts,
      transport: client.transport,
      input: {},
      cardinality: "finite",
    });
    queries.setQueryData(key, { courts });
  };
  const [name, setName] = useState("");
  const [deleting, setDeleting] = useState<Court>();
  const requestId = useRequestId();
  const update = useAction(async (courtId: string, status: CourtStatus) => {
    const { court } = await client.games.updateCourt({ courtId, status });
    show(courts.map((known) => (known.id === courtId && court ? court : known)));
  });
  const create = useAction(async () => {
    const { court } = await client.games.createCourt({ name, requestId: requestId({ name, courts: courts.length }) });
    if (court) show([...courts.filter(({ id }) => id !== court.id), court]);
    setName("");
  });
  const remove = useAction(async ({ id }: Court) => {
    await client.games.deleteCourt({ courtId: id });
    show(courts.filter((known) => known.id !== id));
    setDeleting(undefined);
  });
  const add = (event: FormEvent) => {
    event.preventDefault();
    void create.run();
  };
  if (deleting) {
    const close = () => {
      setDeleting(undefined);
      remove.forget();
    };
    return (
      <Confirm
        title={words.removeCourt(deleting.name)}
        action={words.remove}
        busy={remove.busy}
        onConfirm={() => void remove.run(deleting)}
        onClose={close}
      >
        <p>{words.removeNote}</p>
        <FaultNote fault={remove.fault} />
      </Confirm>
    );
  }
  return (
    <Dialog title={words.manageCourts} onClose={onClose}>
      {asked.data ? (
        <ul>
          {courts.map((court) => (
            <li key={court.id} className="court-managed">
              <Switch
                label={court.status === CourtStatus.PLAYING ? words.playing(court.name) : court.name}
                on={court.status !== CourtStatus.MAINTENANCE}
                disabled={update.busy || court.status === CourtStatus.PLAYING}
                onChange={(on) => void update.run(court.id, on ? CourtStatus.AVAILABLE : CourtStatus.MAINTENANCE)}
              />
              <IconButton icon="close" label={words.removeCourt(court.name)} onClick={() => setDeleting(court)} />
            </li>
          ))}
        </ul>
      ) : (
        <Unread query={asked} />
      )}
      <form className="stack" onSubmit={add}>
        <TextField
          label={words.newCourtName}
          required
          maxLength={CreateCourtRequestLimits.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <FaultNote fault={create.fault ?? update.fault} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.close}</Button>
          <Button type="submit" look="primary" busy={create.busy}>
            {words.add}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
