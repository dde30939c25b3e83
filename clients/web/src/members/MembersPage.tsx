import { type Member, Role, SkillLevel, UserStatus } from "@dongbaejul/client";
import { usePermission, usePresence } from "@dongbaejul/client/react";
import { useState } from "react";
import { Unread } from "../club/queries";
import { nameOf } from "../format/names";
import { skillWords } from "../games/words";
import { wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Page } from "../shell/Page";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Choice, TextField } from "../ui/Field";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { roleWords, statusWords } from "./words";
import "./MembersPage.css";
import { useMembers } from "./useMembers";

/** The members of the club, found by name or by initial consonants. */
export function MembersPage() {
  const [search, setSearch] = useState("");
  const manage = usePermission("members.manage");
  const [status, setStatus] = useState<UserStatus>(UserStatus.ACTIVE);
  const { list, members } = useMembers(search, status);
  const online = usePresence();
  return (
    <Page title="회원" aside={<p className="soft number">접속 중 {online.size}명</p>}>
      <TextField
        label="회원 찾기"
        type="search"
        placeholder="이름 또는 초성 (ㄱㅁㅅ)"
        autoComplete="off"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {manage && (
        <Choice
          label="상태"
          value={status}
          options={[UserStatus.ACTIVE, UserStatus.SUSPENDED, UserStatus.WITHDRAWN].map((s) => [s, statusWords[s]] as const)}
          onChange={setStatus}
        />
      )}
      {!members ? (
        <Unread query={list} />
      ) : members.length === 0 ? (
        <Empty icon="search" title={search === "" ? `${statusWords[status]} 회원이 없습니다.` : `“${search}”에 맞는 회원이 없습니다.`} />
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
  return (
    <li>
      <Link className="member-card card" href={pathTo("member", { member: member.id })}>
        <Avatar name={nameOf(member)} src={member.avatar} online={online} />
        <span className="member-card-text">
          <strong>{nameOf(member)}</strong>
          <span className="small soft">
            {member.skillLevel === SkillLevel.UNSPECIFIED ? "" : wordsOf(skillWords)[member.skillLevel]}
            {online && <span className="hidden-visually"> 접속 중</span>}
          </span>
        </span>
        {member.role !== Role.MEMBER && <Badge tone="accent">{roleWords[member.role]}</Badge>}
      </Link>
    </li>
  );
}
