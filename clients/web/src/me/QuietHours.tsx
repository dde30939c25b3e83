import type { QuietHours as Hours, UserProfile } from "@dongbaejul/client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../club/client";
import { useFault } from "../club/queries";
import { useWords } from "../language/language";
import { Switch, TextField } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { meWords } from "./words";

type Times = Pick<Hours, "from" | "to">;

const none: Times = { from: "", to: "" };
/** What the hours are when they are switched on. */
const usual: Times = { from: "22:00", to: "07:00" };

interface QuietHoursProps {
  hours: Times | undefined;
  /** Is called with the profile as it is after a change. */
  onSaved: (user: UserProfile | undefined) => void;
}

/** The time of day without pushes. */
export function QuietHours({ hours, onSaved }: QuietHoursProps) {
  const words = useWords(meWords);
  const client = useClient();
  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: async (quietHours: Times) => onSaved((await client.users.updateProfile({ preferences: { quietHours } })).user),
    // One after another, so that the last change stays.
    scope: { id: "quietHours" },
  });
  const now = (isPending ? variables : hours) ?? none;
  const on = now.from !== "";
  return (
    <>
      <Switch label={words.quiet} hint={words.quietHint} on={on} onChange={(turnOn) => mutate(turnOn ? usual : none)} />
      {on && <QuietTimes hours={now} onChange={mutate} />}
      <FaultNote fault={useFault(error)} />
    </>
  );
}

function QuietTimes({ hours, onChange }: { hours: Times; onChange: (hours: Times) => void }) {
  const words = useWords(meWords);
  const [{ from, to }, setTimes] = useState<Times>(hours);
  const same = from !== "" && from === to;
  const change = (next: Times) => {
    setTimes(next);
    // While a time is typed, it is empty.
    if (next.from !== "" && next.to !== "" && next.from !== next.to) onChange(next);
  };
  return (
    <div className="quiet-times">
      <TextField type="time" label={words.quietFrom} required value={from} onChange={(event) => change({ from: event.target.value, to })} />
      <TextField
        type="time"
        label={words.quietTo}
        required
        value={to}
        error={same ? words.quietSame : undefined}
        onChange={(event) => change({ from, to: event.target.value })}
      />
    </div>
  );
}
