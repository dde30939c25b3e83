import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { type Member, Role, RoomType, SkillLevel, UserService, UserStatus } from "@dongbaejul/client";
import { useOnline, usePermission, useUserId } from "@dongbaejul/client/react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { nameOf } from "../format/names";
import { dateOf, fullDay } from "../format/time";
import { gamesWords, skillWords } from "../games/words";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go } from "../router/router";
import { Page } from "../shell/Page";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Select } from "../ui/Field";
import { FaultNote, Note } from "../ui/State";
import { memberWords, roleWords, statusWords } from "./words";
import "./MembersPage.css";
import { StatsCard } from "./StatsCard";

/** One member, as the others see them. */
export function MemberPage({ member: memberId }: { member: string }) {
  const words = useWords(memberWords);
  const online = useOnline(memberId);
  const asked = useQuery(UserService.method.getMember, { memberId });
  const member = asked.data?.member;
  if (!member) {
    return (
      <Page title={words.members} parent={pathTo("members")} width="narrow">
        <Unread query={asked} />
      </Page>
    );
  }
  const joined = dateOf(member.joinedAt);
  return (
    <Page title={nameOf(member)} parent={pathTo("members")} width="narrow">
      <section className="card stack" aria-label={words.profile}>
        <div className="member-header">
          <Avatar size="large" name={nameOf(member)} src={member.avatar} online={online} />
          <div>
            <p className="row">
              {member.role !== Role.MEMBER && <Badge tone="accent">{wordsOf(roleWords)[member.role]}</Badge>}
              {member.skillLevel !== SkillLevel.UNSPECIFIED && <Badge>{wordsOf(skillWords)[member.skillLevel]}</Badge>}
              {member.status !== UserStatus.ACTIVE && <Badge tone="danger">{wordsOf(statusWords)[member.status]}</Badge>}
              {/* Those that hide it are not offline. */}
              {online && <Badge tone="accent">{words.online}</Badge>}
            </p>
            {joined && <p className="small soft">{words.joined(fullDay(joined))}</p>}
          </div>
        </div>
        {member.status === UserStatus.ACTIVE && <Talk member={member} />}
      </section>
      {asked.data?.stats ? <StatsCard stats={asked.data.stats} /> : <Note icon="person">{words.noStats}</Note>}
      <Manage member={member} />
    </Page>
  );
}

function Talk({ member }: { member: Member }) {
  const words = useWords(memberWords);
  const client = useClient();
  const mine = useUserId() === member.id;
  const talk = useAction(async () => {
    const { room } = await client.chat.createRoom({ type: RoomType.PRIVATE, participants: [member.id] });
    if (room) go(pathTo("room", { room: room.id }));
  });
  if (mine) return null;
  return (
    <>
      <FaultNote fault={talk.fault} />
      <Button look="primary" icon="chat" busy={talk.busy} onClick={() => void talk.run()}>
        {words.talk}
      </Button>
    </>
  );
}

/** Settings that only the club's head may change. */
function Manage({ member }: { member: Member }) {
  const words = useWords(memberWords);
  const client = useClient();
  const queries = useQueryClient();
  const manage = usePermission("members.manage");
  const mine = useUserId() === member.id;
  const [suspending, setSuspending] = useState(false);
  const update = useAction(async (change: { role?: Role; skillLevel?: SkillLevel; status?: UserStatus }) => {
    const answer = await client.users.updateMember({ memberId: member.id, ...change });
    const schema = UserService.method.getMember;
    const key = createConnectQueryKey({ schema, transport: client.transport, input: { memberId: member.id }, cardinality: "finite" });
    queries.setQueryData(key, (before) => before && answer.member && { ...before, member: answer.member });
    if (change.status !== undefined) go(pathTo("members"), { replace: true });
  });
  // A deleted account cannot be changed.
  if (!manage || mine || member.displayName === "") return null;
  return (
    <section className="card stack" aria-labelledby="manage">
      <h2 id="manage">{words.manage}</h2>
      <Select label={words.role} value={member.role} onChange={(event) => void update.run({ role: Number(event.target.value) as Role })}>
        {[Role.MEMBER, Role.MANAGER, Role.ADMIN].map((role) => (
          <option key={role} value={role}>
            {wordsOf(roleWords)[role]}
          </option>
        ))}
      </Select>
      <Select
        label={wordsOf(gamesWords).skill}
        value={member.skillLevel}
        onChange={(event) => void update.run({ skillLevel: Number(event.target.value) as SkillLevel })}
      >
        {member.skillLevel === SkillLevel.UNSPECIFIED && <option value={SkillLevel.UNSPECIFIED}>{words.noSkill}</option>}
        {[SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE, SkillLevel.ADVANCED, SkillLevel.EXPERT].map((level) => (
          <option key={level} value={level}>
            {wordsOf(skillWords)[level]}
          </option>
        ))}
      </Select>
      <FaultNote fault={update.fault} />
      {member.status === UserStatus.ACTIVE ? (
        <Button look="danger" onClick={() => setSuspending(true)}>
          {words.suspend}
        </Button>
      ) : (
        <Button busy={update.busy} onClick={() => void update.run({ status: UserStatus.ACTIVE })}>
          {words.activate}
        </Button>
      )}
      {suspending && (
        <Confirm
          title={words.suspendAsk(nameOf(member))}
          action={words.suspend}
          busy={update.busy}
          onClose={() => setSuspending(false)}
          onConfirm={() => void update.run({ status: UserStatus.SUSPENDED })}
        >
          <p>{update.fault?.message ?? words.suspendNote}</p>
        </Confirm>
      )}
    </section>
  );
}
