import { useQuery } from "@connectrpc/connect-query";
import { AuthService, type Session } from "@dongbaejul/client";
import { useUserId } from "@dongbaejul/client/react";
import { useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { forgetDrafts } from "../drafts/drafts";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { useUndo } from "../shell/Undo";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { FaultNote } from "../ui/State";
import { deviceInWords } from "./device";
import { meWords } from "./words";
import "./MePage.css";

/** The devices on which the user is signed in, such as a lost phone. */
export function SessionsPage() {
  const words = useWords(meWords);
  const client = useClient();
  const asked = useQuery(AuthService.method.listSessions);
  const revoke = useAction(async (sessionId: string) => {
    await client.auth.revokeSession({ sessionId });
    setEnding(undefined);
    await asked.refetch();
  });
  const userId = useUserId();
  const [ending, setEnding] = useState<Session | "all">();
  const { finish } = useUndo();
  const everywhere = useAction(async () => {
    await finish();
    forgetDrafts(userId);
    await client.session.signOut({ allDevices: true });
  });
  return (
    <Page title={words.sessions} parent={pathTo("me")} width="narrow">
      {!asked.data ? (
        <Unread query={asked} />
      ) : (
        <>
          <ul className="list card">
            {asked.data.sessions.map((session) => (
              <SessionRow key={session.id} session={session} busy={revoke.busy} onRevoke={() => setEnding(session)} />
            ))}
          </ul>
          <Button look="danger" busy={everywhere.busy} onClick={() => setEnding("all")}>
            {words.signOutAll}
          </Button>
          {ending && (
            <Confirm
              title={ending === "all" ? words.signOutAllAsk : words.signOutAsk(deviceInWords(ending.device))}
              action={words.signOut}
              busy={everywhere.busy || revoke.busy}
              onClose={() => setEnding(undefined)}
              onConfirm={() => void (ending === "all" ? everywhere.run() : revoke.run(ending.id))}
            >
              <p>{ending === "all" ? words.signOutAllNote : words.signOutNote}</p>
              <FaultNote fault={revoke.fault ?? everywhere.fault} />
            </Confirm>
          )}
        </>
      )}
    </Page>
  );
}

function SessionRow({ session, busy, onRevoke }: { session: Session; busy: boolean; onRevoke: () => void }) {
  const words = useWords(meWords);
  const device = deviceInWords(session.device);
  return (
    <li className="list-item session">
      <Icon name={/iPhone|Android/.test(device) ? "phone" : "screen"} />
      <div>
        <p>
          <strong>{device}</strong> {session.current && <Badge tone="accent">{words.thisDevice}</Badge>}
        </p>
        <p className="small soft">
          {session.ip} · <Ago time={session.lastUsedAt} />
        </p>
      </div>
      {!session.current && (
        <Button size="small" aria-label={words.signOutDevice(device)} busy={busy} onClick={onRevoke}>
          {words.signOut}
        </Button>
      )}
    </li>
  );
}
