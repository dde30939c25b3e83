import { useQuery } from "@connectrpc/connect-query";
import { AuthService, type Session } from "@dongbaejul/client";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { pathTo } from "../router/paths";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { FaultNote } from "../ui/State";
import { deviceInWords } from "./device";
import "./MePage.css";

/** Where the user is signed in, such as on a telephone that was lost. */
export function SessionsPage() {
  const client = useClient();
  const asked = useQuery(AuthService.method.listSessions);
  const revoke = useAction(async (sessionId: string) => {
    await client.auth.revokeSession({ sessionId });
    await asked.refetch();
  });
  const everywhere = useAction(() => client.session.signOut({ allDevices: true }));
  return (
    <Page title="로그인한 기기" parent={pathTo("me")} width="narrow">
      {!asked.data ? (
        <Unread query={asked} />
      ) : (
        <>
          <FaultNote fault={revoke.fault ?? everywhere.fault} />
          <ul className="list card">
            {asked.data.sessions.map((session) => (
              <SessionRow key={session.id} session={session} busy={revoke.busy} onRevoke={() => void revoke.run(session.id)} />
            ))}
          </ul>
          <Button look="danger" busy={everywhere.busy} onClick={() => void everywhere.run()}>
            모든 기기에서 로그아웃
          </Button>
        </>
      )}
    </Page>
  );
}

function SessionRow({ session, busy, onRevoke }: { session: Session; busy: boolean; onRevoke: () => void }) {
  const device = deviceInWords(session.device);
  return (
    <li className="list-item session">
      <Icon name={/iPhone|Android/.test(device) ? "phone" : "screen"} />
      <div>
        <p>
          <strong>{device}</strong> {session.current && <Badge tone="accent">이 기기</Badge>}
        </p>
        <p className="small soft">
          {session.ip} · <Ago time={session.lastUsedAt} />
        </p>
      </div>
      {!session.current && (
        <Button size="small" aria-label={`${device} 로그아웃`} busy={busy} onClick={onRevoke}>
          로그아웃
        </Button>
      )}
    </li>
  );
}
