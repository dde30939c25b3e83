import { type Fault, type Game, GameType, ScoringPreset, SkillLevel, timestampFromDate } from "@dongbaejul/client";
import { CreateGameRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useGame } from "@dongbaejul/client/react";
import type { FormEvent } from "react";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { Changes, type FieldWords, Restored } from "../drafts/Changes";
import { useDraft, useEdit } from "../drafts/useDraft";
import { useStore } from "../drafts/useStore";
import { dateOf, dayAndClock, duration as durationInWords, fromInput, toInput } from "../format/time";
import { pathTo } from "../router/paths";
import { go, goBack } from "../router/router";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { Button } from "../ui/Button";
import { Choice, Inputs, Select, TextArea, TextField } from "../ui/Field";
import { FaultNote } from "../ui/State";
import { presetWords } from "./rules";
import { gameTypeWords, skillWord, skillWords } from "./words";

const hourMs = 60 * 60 * 1000;

/** What a form for a game holds. */
interface Draft {
  title: string;
  description: string;
  location: string;
  date: string;
  duration: number;
  maxParticipants: number;
  gameType: GameType;
  skillLevel: SkillLevel;
  preset: ScoringPreset;
}

function newDraft(): Draft {
  // The next full hour but one.
  const date = new Date(Math.ceil(Date.now() / hourMs + 1) * hourMs);
  return {
    title: "",
    description: "",
    location: "",
    date: toInput(date),
    duration: 120,
    maxParticipants: 8,
    gameType: GameType.DOUBLES,
    skillLevel: SkillLevel.ALL,
    preset: ScoringPreset.SCORING_PRESET_UNSPECIFIED,
  };
}

function draftOf(game: Game): Draft {
  return {
    title: game.title,
    description: game.description,
    location: game.location,
    date: toInput(dateOf(game.gameDate) ?? new Date()),
    duration: game.duration,
    maxParticipants: game.maxParticipants,
    gameType: game.gameType,
    skillLevel: game.skillLevel,
    preset: ScoringPreset.SCORING_PRESET_UNSPECIFIED,
  };
}

/** What the server is told of a draft. */
function request({ date, preset, ...draft }: Draft) {
  const time = fromInput(date);
  return {
    ...draft,
    ...(time ? { gameDate: timestampFromDate(time) } : {}),
    ...(preset === ScoringPreset.SCORING_PRESET_UNSPECIFIED ? {} : { scoring: { preset } }),
  };
}

const words: FieldWords<Draft> = {
  title: ["제목", (title) => title],
  description: ["설명", (description) => description],
  location: ["장소", (location) => location],
  date: ["일시", (date) => dayAndClock(fromInput(date) ?? new Date())],
  duration: ["시간", durationInWords],
  maxParticipants: ["인원", (people) => `${people}명`],
  gameType: ["종류", (type) => gameTypeWords[type]],
  skillLevel: [skillWord, (level) => skillWords[level]],
  preset: ["점수 규칙", (preset) => presetWords[preset]],
};

export function NewGamePage() {
  const client = useClient();
  const draft = useDraft("game", newDraft());
  const requestId = useRequestId();
  const create = useAction(async () => {
    const { game } = await client.games.createGame({ ...request(draft.value), requestId: requestId(draft.value) });
    draft.clear();
    go(game ? pathTo("game", { game: game.id }) : pathTo("games"), { replace: true });
  });
  return (
    <Page title="경기 만들기" parent={pathTo("games")} width="narrow">
      <Restored of={draft} />
      <GameForm
        draft={draft.value}
        onChange={draft.set}
        submit="경기 만들기"
        onSubmit={create.run}
        busy={create.busy}
        fault={create.fault}
      />
    </Page>
  );
}

export function EditGamePage({ game: gameId }: { game: string }) {
  const { game: view, error, reload } = useGame(gameId);
  return (
    <Page title="경기 수정" parent={pathTo("game", { game: gameId })} width="narrow">
      {view ? <EditGame game={view.game} /> : <Pending error={error} onRetry={reload} />}
    </Page>
  );
}

function EditGame({ game }: { game: Game }) {
  const client = useClient();
  const edit = useEdit(`game.${game.id}`, draftOf(game), game.version);
  const save = useStore(edit, {
    store: async (expectedVersion) => {
      await client.games.updateGame({ gameId: game.id, expectedVersion, ...request(edit.value) });
    },
    load: async () => {
      const { game: now } = await client.games.getGame({ gameId: game.id });
      return now && { fields: draftOf(now), version: now.version };
    },
    onStored: () => goBack(pathTo("game", { game: game.id })),
  });
  return (
    <>
      <Changes of={edit} words={words} busy={save.busy} />
      <GameForm
        draft={edit.value}
        noPreset="그대로"
        onChange={edit.set}
        submit="저장"
        onSubmit={save.run}
        busy={save.busy}
        fault={save.fault}
      />
    </>
  );
}

interface GameFormProps {
  draft: Draft;
  /** What it means to choose no rules. */
  noPreset?: string;
  onChange: (draft: Draft) => void;
  submit: string;
  onSubmit: () => Promise<void>;
  busy: boolean;
  fault: Fault | undefined;
}

function GameForm({ draft, noPreset = "클럽 기본 규칙", onChange, submit, onSubmit, busy, fault }: GameFormProps) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const wrong = (field: string) => (fault?.kind === "invalid" ? fault.fields.find((v) => v.field === field)?.message : undefined);
  const send = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <form className="stack" onSubmit={send}>
      <Inputs busy={busy}>
        <TextField
          label="제목"
          required
          maxLength={CreateGameRequestLimits.title}
          placeholder="목요일 저녁 복식"
          value={draft.title}
          error={wrong("title")}
          onChange={(event) => set({ title: event.target.value })}
        />
        <div className="form-row">
          <TextField
            label="일시"
            type="datetime-local"
            required
            value={draft.date}
            error={wrong("game_date")}
            onChange={(event) => set({ date: event.target.value })}
          />
          <Select
            label="시간"
            value={draft.duration}
            error={wrong("duration")}
            onChange={(event) => set({ duration: Number(event.target.value) })}
          >
            {durations(draft.duration).map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes}분
              </option>
            ))}
          </Select>
          <TextField
            label="인원"
            type="number"
            inputMode="numeric"
            required
            min={2}
            max={500}
            value={draft.maxParticipants || ""}
            error={wrong("max_participants")}
            onChange={(event) => set({ maxParticipants: Number(event.target.value) })}
          />
        </div>
        <TextField
          label="장소"
          maxLength={CreateGameRequestLimits.location}
          placeholder="시민체육관"
          value={draft.location}
          error={wrong("location")}
          onChange={(event) => set({ location: event.target.value })}
        />
        <Choice
          labelled
          label="종류"
          value={draft.gameType}
          options={[GameType.DOUBLES, GameType.MIXED_DOUBLES, GameType.SINGLES].map((type) => [type, gameTypeWords[type]] as const)}
          onChange={(gameType) => set({ gameType })}
        />
        <Choice
          labelled
          label={skillWord}
          value={draft.skillLevel}
          options={[SkillLevel.ALL, SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE, SkillLevel.ADVANCED, SkillLevel.EXPERT].map(
            (level) => [level, skillWords[level]] as const,
          )}
          onChange={(skillLevel) => set({ skillLevel })}
        />
        <Select label="점수 규칙" value={draft.preset} onChange={(event) => set({ preset: Number(event.target.value) as ScoringPreset })}>
          {[
            ScoringPreset.SCORING_PRESET_UNSPECIFIED,
            ScoringPreset.SCORING_PRESET_KR_1X25,
            ScoringPreset.SCORING_PRESET_1X21,
            ScoringPreset.SCORING_PRESET_BWF_3X21,
            ScoringPreset.SCORING_PRESET_BWF_3X15,
          ].map((preset) => (
            <option key={preset} value={preset}>
              {presetWords[preset] || noPreset}
            </option>
          ))}
        </Select>
        <TextArea
          label="설명"
          maxLength={CreateGameRequestLimits.description}
          placeholder="준비물, 모이는 곳 등"
          value={draft.description}
          error={wrong("description")}
          onChange={(event) => set({ description: event.target.value })}
        />
      </Inputs>
      <FaultNote fault={fault} />
      <Button type="submit" look="primary" size="large" busy={busy}>
        {submit}
      </Button>
    </form>
  );
}

function durations(chosen: number): number[] {
  const usual = [30, 60, 90, 120, 150, 180, 240];
  return usual.includes(chosen) ? usual : [...usual, chosen].sort((a, b) => a - b);
}
