import type { MessageInitShape } from "@bufbuild/protobuf";
import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import {
  NotificationKind,
  type PreferencesSchema,
  type PrivacyPreferences,
  SkillLevel,
  type UserProfile,
  UserService,
} from "@dongbaejul/client";
import { UpdateProfileRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useUserId } from "@dongbaejul/client/react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { forgetDrafts } from "../drafts/drafts";
import { useDraft } from "../drafts/useDraft";
import { gamesWords, skillWords } from "../games/words";
import { wordsOf } from "../language/language";
import { StatsCard } from "../members/StatsCard";
import { roleWords } from "../members/words";
import { type PageName, pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Page } from "../shell/Page";
import { type Theme, useTheme } from "../shell/theme";
import { useUndo } from "../shell/Undo";
import { Avatar } from "../ui/Avatar";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Choice, Inputs, Select, Switch, TextField } from "../ui/Field";
import { Icon, type IconName } from "../ui/Icon";
import { FaultNote } from "../ui/State";
import "../members/MembersPage.css";
import "./MePage.css";

/** The user's own profile and settings. */
export function MePage() {
  const asked = useQuery(UserService.method.getProfile);
  const user = asked.data?.user;
  return (
    <Page title="내 정보" width="narrow">
      {user ? (
        <>
          <Profile user={user} />
          {asked.data?.stats && <StatsCard stats={asked.data.stats} />}
        </>
      ) : (
        <Unread query={asked} />
      )}
      <Ways />
      <Appearance />
      {user && <Preferences user={user} />}
      <Leaving />
    </Page>
  );
}

interface ProfileProps {
  user: UserProfile;
}

/** Returns what shows the profile as the server has answered with it. */
function useShowProfile(): (user: UserProfile | undefined) => void {
  const { transport } = useClient();
  const queries = useQueryClient();
  return (user) => {
    const key = createConnectQueryKey({ schema: UserService.method.getProfile, transport, input: {}, cardinality: "finite" });
    queries.setQueryData(key, (before) => before && user && { ...before, user });
  };
}

function Profile({ user }: ProfileProps) {
  const client = useClient();
  const show = useShowProfile();
  const draft = useDraft("profile", { name: user.displayName, skill: user.skillLevel });
  const { name, skill } = draft.value;
  const [editing, setEditing] = useState(draft.restored);
  const close = () => {
    draft.clear();
    setEditing(false);
  };
  const save = useAction(async () => {
    const answer = await client.users.updateProfile({
      displayName: name,
      ...(skill === SkillLevel.UNSPECIFIED ? {} : { skillLevel: skill }),
    });
    show(answer.user);
    close();
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    void save.run();
  };
  const wrong = save.fault?.kind === "invalid" ? save.fault.fields.find(({ field }) => field === "display_name")?.message : undefined;
  return (
    <section className="card stack" aria-label="프로필">
      <div className="member-header">
        <Avatar size="large" name={user.displayName} src={user.avatar} />
        <div>
          <p className="me-name">{user.displayName}</p>
          <p className="row">
            <Badge tone="accent">{wordsOf(roleWords)[user.role]}</Badge>
            {user.skillLevel !== SkillLevel.UNSPECIFIED && <Badge>{wordsOf(skillWords)[user.skillLevel]}</Badge>}
          </p>
        </div>
        {!editing && (
          <Button size="small" icon="edit" onClick={() => setEditing(true)}>
            수정
          </Button>
        )}
      </div>
      {editing && (
        <form className="stack" onSubmit={send}>
          <Inputs busy={save.busy}>
            <TextField
              label="이름"
              required
              maxLength={UpdateProfileRequestLimits.displayName}
              value={name}
              error={wrong}
              onChange={(event) => draft.set({ name: event.target.value, skill })}
            />
            <Select
              label={wordsOf(gamesWords).skill}
              value={skill}
              onChange={(event) => draft.set({ name, skill: Number(event.target.value) as SkillLevel })}
            >
              {skill === SkillLevel.UNSPECIFIED && <option value={SkillLevel.UNSPECIFIED}>고르세요</option>}
              {[SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE, SkillLevel.ADVANCED, SkillLevel.EXPERT].map((level) => (
                <option key={level} value={level}>
                  {wordsOf(skillWords)[level]}
                </option>
              ))}
            </Select>
          </Inputs>
          <FaultNote fault={save.fault} />
          <div className="row">
            <Button type="submit" look="primary" busy={save.busy}>
              저장
            </Button>
            <Button onClick={close}>취소</Button>
          </div>
        </form>
      )}
    </section>
  );
}

const ways: readonly (readonly [PageName & ("notifications" | "members" | "albums" | "screen" | "sessions"), IconName, string])[] = [
  ["notifications", "bell", "알림"],
  ["members", "people", "회원"],
  ["albums", "albums", "사진첩"],
  ["screen", "screen", "체육관 큰 화면"],
  ["sessions", "phone", "로그인한 기기"],
];

/** What the menu of a telephone has no room for. */
function Ways() {
  return (
    <ul className="list card">
      {ways.map(([name, icon, text]) => (
        <li key={name} className="list-item">
          <Link className="way" href={pathTo(name)}>
            <Icon name={icon} />
            <span>{text}</span>
            <Icon name="next" size={18} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Appearance() {
  const [theme, setTheme] = useTheme();
  return (
    <section className="card">
      <Choice<Theme>
        labelled
        label="화면"
        value={theme}
        options={[
          ["system", "기기 설정"],
          ["light", "밝게"],
          ["dark", "어둡게"],
        ]}
        onChange={setTheme}
      />
    </section>
  );
}

type Privacy = Exclude<keyof PrivacyPreferences, "$typeName" | "$unknown">;

const kinds: readonly (readonly [NotificationKind, string])[] = [
  [NotificationKind.PROMOTED, "대기에서 참가로 올라갔을 때"],
  [NotificationKind.GAME_CHANGED, "경기가 바뀌었을 때"],
  [NotificationKind.GAME_CANCELLED, "경기가 취소되었을 때"],
  [NotificationKind.GAME_STARTING, "경기 시작 한 시간 전"],
  [NotificationKind.COMMENT, "내 글에 댓글이 달렸을 때"],
  [NotificationKind.REPLY, "내 댓글에 답글이 달렸을 때"],
  [NotificationKind.NOTICE, "새 공지"],
  [NotificationKind.CHAT_MESSAGE, "접속하지 않은 동안의 채팅"],
  [NotificationKind.MENTION, "나를 부른 메시지"],
  [NotificationKind.BROADCAST, "운영진의 전체 알림"],
];

const privacies: readonly (readonly [Privacy, string])[] = [
  ["showOnlineStatus", "접속 상태 보이기"],
  ["showStats", "전적 보이기"],
  ["allowDirectMessages", "1:1 대화 받기"],
];

function Preferences({ user }: ProfileProps) {
  const client = useClient();
  const show = useShowProfile();
  const save = useAction(async (change: MessageInitShape<typeof PreferencesSchema>) => {
    const answer = await client.users.updateProfile({ preferences: change });
    show(answer.user);
  });
  const { notifications, privacy } = user.preferences ?? {};
  return (
    <>
      <section className="card" aria-labelledby="told">
        <h2 id="told">알림 받기</h2>
        {kinds.map(([kind, text]) => (
          <Switch
            key={kind}
            label={text}
            on={notifications?.find((preference) => preference.kind === kind)?.enabled ?? true}
            disabled={save.busy}
            onChange={(on) => void save.run({ notifications: [{ kind, enabled: on }] })}
          />
        ))}
      </section>
      <section className="card" aria-labelledby="shown">
        <h2 id="shown">다른 회원에게</h2>
        {privacies.map(([kind, text]) => (
          <Switch
            key={kind}
            label={text}
            on={privacy?.[kind] ?? true}
            disabled={save.busy}
            onChange={(on) => void save.run({ privacy: { [kind]: on } })}
          />
        ))}
        <FaultNote fault={save.fault} />
      </section>
    </>
  );
}

function Leaving() {
  const client = useClient();
  const [deleting, setDeleting] = useState(false);
  const userId = useUserId();
  const { finish } = useUndo();
  const signOut = useAction(async () => {
    await finish();
    forgetDrafts(userId);
    await client.session.signOut();
  });
  const remove = useAction(async () => {
    await client.users.deleteAccount({});
    forgetDrafts(userId);
    await client.session.signOut();
  });
  return (
    <section className="stack" aria-label="나가기">
      <FaultNote fault={signOut.fault} />
      <Button busy={signOut.busy} onClick={() => void signOut.run()}>
        로그아웃
      </Button>
      <Button look="quiet" className="leave" onClick={() => setDeleting(true)}>
        회원 탈퇴
      </Button>
      {deleting && (
        <Confirm
          title="정말 탈퇴할까요?"
          action="탈퇴"
          busy={remove.busy}
          onClose={() => setDeleting(false)}
          onConfirm={() => void remove.run()}
        >
          <p>{remove.fault?.message ?? "개인 정보가 지워지고 되돌릴 수 없습니다. 경기 결과는 “탈퇴한 회원”으로 남습니다."}</p>
        </Confirm>
      )}
    </section>
  );
}
