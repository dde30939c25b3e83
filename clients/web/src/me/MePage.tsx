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
import { useState } from "react";
import { useClient } from "../club/client";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { forgetDrafts } from "../drafts/drafts";
import { useDraft } from "../drafts/useDraft";
import { gamesWords, skillWords } from "../games/words";
import { type LanguageChoice, useLanguageChoice, useWords, wordsOf } from "../language/language";
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
import { Choice, Select, Switch, TextField } from "../ui/Field";
import { Form, fieldError } from "../ui/Form";
import { Icon, type IconName } from "../ui/Icon";
import { FaultNote } from "../ui/State";
import { AvatarInput } from "./AvatarInput";
import { PushSwitch } from "./PushSwitch";
import { QuietHours } from "./QuietHours";
import { languageNames, meWords } from "./words";
import "../members/MembersPage.css";
import "./MePage.css";

/** The user's own profile and settings. */
export function MePage() {
  const words = useWords(meWords);
  const asked = useQuery(UserService.method.getProfile);
  const user = asked.data?.user;
  return (
    <Page title={words.title} width="narrow">
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

/** Returns a function that shows the profile from a server's answer. */
function useShowProfile(): (user: UserProfile | undefined) => void {
  const { transport } = useClient();
  const queries = useQueryClient();
  return (user) => {
    const key = createConnectQueryKey({ schema: UserService.method.getProfile, transport, input: {}, cardinality: "finite" });
    queries.setQueryData(key, (before) => before && user && { ...before, user });
  };
}

function Profile({ user }: ProfileProps) {
  const words = useWords(meWords);
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
  return (
    <section className="card stack" aria-label={words.profile}>
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
            {words.edit}
          </Button>
        )}
      </div>
      {editing && <AvatarInput user={user} onChange={show} />}
      {editing && (
        <Form action={save} submit={words.save} onCancel={close}>
          <TextField
            label={words.name}
            required
            maxLength={UpdateProfileRequestLimits.displayName}
            value={name}
            error={fieldError(save.fault, "display_name")}
            onChange={(event) => draft.set({ name: event.target.value, skill })}
          />
          <Select
            label={wordsOf(gamesWords).skill}
            value={skill}
            onChange={(event) => draft.set({ name, skill: Number(event.target.value) as SkillLevel })}
          >
            {skill === SkillLevel.UNSPECIFIED && <option value={SkillLevel.UNSPECIFIED}>{words.choose}</option>}
            {[SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE, SkillLevel.ADVANCED, SkillLevel.EXPERT].map((level) => (
              <option key={level} value={level}>
                {wordsOf(skillWords)[level]}
              </option>
            ))}
          </Select>
        </Form>
      )}
    </section>
  );
}

const ways: readonly (readonly [PageName & ("notifications" | "members" | "albums" | "screen" | "sessions"), IconName])[] = [
  ["notifications", "bell"],
  ["members", "people"],
  ["albums", "albums"],
  ["screen", "screen"],
  ["sessions", "phone"],
];

/** Links that the menu on a phone has no room for. */
function Ways() {
  const words = useWords(meWords);
  return (
    <ul className="list card">
      {ways.map(([name, icon]) => (
        <li key={name} className="list-item">
          <Link className="way" href={pathTo(name)}>
            <Icon name={icon} />
            <span>{words[name]}</span>
            <Icon name="next" size={18} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Appearance() {
  const words = useWords(meWords);
  const [theme, setTheme] = useTheme();
  const [language, setLanguage] = useLanguageChoice();
  return (
    <section className="card stack">
      <Choice<Theme>
        labelled
        label={words.theme}
        value={theme}
        options={[
          ["system", words.system],
          ["light", words.light],
          ["dark", words.dark],
        ]}
        onChange={setTheme}
      />
      <Choice<LanguageChoice>
        labelled
        label={words.language}
        value={language}
        options={[["system", words.system], ...languageNames]}
        onChange={setLanguage}
      />
    </section>
  );
}

type Privacy = Exclude<keyof PrivacyPreferences, "$typeName" | "$unknown">;

const kindsIn = (words: typeof meWords.ko): readonly (readonly [NotificationKind, string])[] => [
  [NotificationKind.PROMOTED, words.kindPromoted],
  [NotificationKind.GAME_CHANGED, words.kindChanged],
  [NotificationKind.GAME_CANCELLED, words.kindCancelled],
  [NotificationKind.GAME_STARTING, words.kindStarting],
  [NotificationKind.COMMENT, words.kindComment],
  [NotificationKind.REPLY, words.kindReply],
  [NotificationKind.NOTICE, words.kindNotice],
  [NotificationKind.CHAT_MESSAGE, words.kindChat],
  [NotificationKind.MENTION, words.kindMention],
  [NotificationKind.BROADCAST, words.kindBroadcast],
];

const privacies: readonly Privacy[] = ["showOnlineStatus", "showStats", "allowDirectMessages"];

function Preferences({ user }: ProfileProps) {
  const words = useWords(meWords);
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
        <h2 id="told">{words.receive}</h2>
        <PushSwitch />
        {kindsIn(words).map(([kind, text]) => (
          <Switch
            key={kind}
            label={text}
            on={notifications?.find((preference) => preference.kind === kind)?.enabled ?? true}
            disabled={save.busy}
            onChange={(on) => void save.run({ notifications: [{ kind, enabled: on }] })}
          />
        ))}
        <QuietHours hours={user.preferences?.quietHours} onSaved={show} />
      </section>
      <section className="card" aria-labelledby="shown">
        <h2 id="shown">{words.others}</h2>
        {privacies.map((kind) => (
          <Switch
            key={kind}
            label={words[kind]}
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
  const words = useWords(meWords);
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
    <section className="stack" aria-label={words.account}>
      <FaultNote fault={signOut.fault} />
      <Button busy={signOut.busy} onClick={() => void signOut.run()}>
        {words.signOut}
      </Button>
      <Button look="quiet" className="leave" onClick={() => setDeleting(true)}>
        {words.deleteAccount}
      </Button>
      {deleting && (
        <Confirm
          title={words.deleteAsk}
          action={words.deleteIt}
          busy={remove.busy}
          onClose={() => setDeleting(false)}
          onConfirm={() => void remove.run()}
        >
          <p>{remove.fault?.message ?? words.deleteNote}</p>
        </Confirm>
      )}
    </section>
  );
}
