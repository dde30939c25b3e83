import { type Member, Role, SkillLevel, UserStatus } from "@dongbaejul/client";
import { usePermission, usePresence } from "@dongbaejul/client/react";
import { useState } from "react";
import { Unread } from "../club/queries";
import { nameOf } from "../format/names";
import { skillWords } from "../games/words";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Page } from "../shell/Page";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Choice, TextField } from "../ui/Field";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { memberWords, roleWords, statusWords } from "./words";
import "./MembersPage.css";
import { useMembers } from "./useMembers";

/** The members of the club, found by name or by initial consonants. */
export function MembersPage() {
  const words = useWords(memberWords);
  const [search, setSearch] = useState("");
  const manage = usePermission("members.manage");
  const [status, setStatus] = useState<UserStatus>(UserStatus.ACTIVE);
  const { list, members } = useMembers(search, status);
  const online = usePresence();
  return (
    <Page title={words.members} aside={<p className="soft number">{words.onlineCount(online.size)}</p>}>
      <TextField
        label={words.search}
        type="search"
        placeholder={words.searchHint}
        autoComplete="off"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {manage && (
        <Choice
          label={words.status}
          value={status}
          options={[UserStatus.ACTIVE, UserStatus.SUSPENDED, UserStatus.WITHDRAWN].map((s) => [s, wordsOf(statusWords)[s]] as const)}
          onChange={setStatus}
        />
      )}
      {!members ? (
        <Unread query={list} />
      ) : members.length === 0 ? (
        <Empty icon="search" title={search === "" ? words.noneOf(wordsOf(statusWords)[status] ?? "") : words.noMatch(search)} />
      ) : (
        <>
          <ul className="members">
            {members.map((member) => (
              <MemberCard key={member.id} member={member} online={online.has(member.id)} />
            ))}
          </ul>
          <More of={list} />
        </>
      )}
    </Page>
  );
}

function MemberCard({ member, online }: { member: Member; online: boolean }) {
  const words = useWords(memberWords);
  return (
    <li>
      <Link className="member-card card" href={pathTo("member", { member: member.id })}>
        <Avatar name={nameOf(member)} src={member.avatar} online={online} />
        <span className="member-card-text">
          <strong>{nameOf(member)}</strong>
          <span className="small soft">
            {member.skillLevel === SkillLevel.UNSPECIFIED ? "" : wordsOf(skillWords)[member.skillLevel]}
            {online && <span className="hidden-visually"> {words.online}</span>}
          </span>
        </span>
        {member.role !== Role.MEMBER && <Badge tone="accent">{wordsOf(roleWords)[member.role]}</Badge>}
      </Link>
    </li>
  );
}
