import { type Game, GameType, ScoringPreset, SkillLevel, timestampFromDate } from "@dongbaejul/client";
import { CreateGameRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useGame } from "@dongbaejul/client/react";
import type { ChangeEvent } from "react";
import { useClient } from "../club/client";
import { type Action, useAction, useRequestId } from "../club/useAction";
import { Changes, type FieldWords, Restored } from "../drafts/Changes";
import { type Input, useDraft, useEdit } from "../drafts/useDraft";
import { useStore } from "../drafts/useStore";
import { dateOf, dayAndClock, duration as durationInWords, fromInput, toInput } from "../format/time";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { go, goBack } from "../router/router";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { Choice, Select, TextArea, TextField } from "../ui/Field";
import { Form, fieldError } from "../ui/Form";
import { gamesWords, gameTypeWords, skillWords } from "./words";
import { gamePagesWords, presetWords } from "./words.pages";

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

/** Returns the request for a draft. */
function request({ date, preset, ...draft }: Draft) {
  const time = fromInput(date);
  return {
    ...draft,
    ...(time ? { gameDate: timestampFromDate(time) } : {}),
    ...(preset === ScoringPreset.SCORING_PRESET_UNSPECIFIED ? {} : { scoring: { preset } }),
  };
}

const fieldsInWords = (words: typeof gamePagesWords.ko): FieldWords<Draft> => ({
  title: [words.title, (title) => title],
  description: [words.description, (description) => description],
  location: [words.location, (location) => location],
  date: [words.date, (date) => dayAndClock(fromInput(date) ?? new Date())],
  duration: [words.duration, durationInWords],
  maxParticipants: [words.people, (people) => words.peopleCount(people)],
  gameType: [words.type, (type) => wordsOf(gameTypeWords)[type]],
  skillLevel: [wordsOf(gamesWords).skill, (level) => wordsOf(skillWords)[level]],
  preset: [words.rules, (preset) => wordsOf(presetWords)[preset]],
});

export function NewGamePage() {
  const words = useWords(gamePagesWords);
  const client = useClient();
  const draft = useDraft("game", newDraft());
  const requestId = useRequestId();
  const create = useAction(async () => {
    const { game } = await client.games.createGame({ ...request(draft.value), requestId: requestId(draft.value) });
    draft.clear();
    go(game ? pathTo("game", { game: game.id }) : pathTo("games"), { replace: true });
  });
  return (
    <Page title={words.newGame} parent={pathTo("games")} width="narrow">
      <Restored of={draft} />
      <GameForm draft={draft} action={create} submit={words.newGame} />
    </Page>
  );
}

export function EditGamePage({ game: gameId }: { game: string }) {
  const words = useWords(gamePagesWords);
  const { game: view, error, reload } = useGame(gameId);
  return (
    <Page title={words.editGame} parent={pathTo("game", { game: gameId })} width="narrow">
      {view ? <EditGame game={view.game} /> : <Pending error={error} onRetry={reload} />}
    </Page>
  );
}

function EditGame({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
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
      <Changes of={edit} words={fieldsInWords(words)} busy={save.busy} />
      <GameForm draft={edit} action={save} submit={words.save} noPreset={words.unchanged} />
    </>
  );
}

interface GameFormProps {
  draft: Input<Draft>;
  action: Action<[]>;
  submit: string;
  /** The label for choosing no rules. */
  noPreset?: string;
}

function GameForm({ draft: { value: draft, set: onChange }, action, submit, noPreset = wordsOf(gamePagesWords).clubRules }: GameFormProps) {
  const words = useWords(gamePagesWords);
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const error = (field: string) => fieldError(action.fault, field);
  const text = (field: "title" | "location" | "description") => ({
    maxLength: CreateGameRequestLimits[field],
    value: draft[field],
    error: error(field),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => set({ [field]: event.target.value }),
  });
  return (
    <Form action={action} submit={submit}>
      <TextField label={words.title} required placeholder={words.titleExample} {...text("title")} />
      <div className="form-row">
        <TextField
          label={words.date}
          type="datetime-local"
          required
          value={draft.date}
          error={error("game_date")}
          onChange={(event) => set({ date: event.target.value })}
        />
        <Select
          label={words.duration}
          value={draft.duration}
          error={error("duration")}
          onChange={(event) => set({ duration: Number(event.target.value) })}
        >
          {durations(draft.duration).map((minutes) => (
            <option key={minutes} value={minutes}>
              {words.minutes(minutes)}
            </option>
          ))}
        </Select>
        <TextField
          label={words.people}
          type="number"
          inputMode="numeric"
          required
          min={2}
          max={500}
          value={draft.maxParticipants || ""}
          error={error("max_participants")}
          onChange={(event) => set({ maxParticipants: Number(event.target.value) })}
        />
      </div>
      <TextField label={words.location} placeholder={words.locationExample} {...text("location")} />
      <Choice
        labelled
        label={words.type}
        value={draft.gameType}
        options={[GameType.DOUBLES, GameType.MIXED_DOUBLES, GameType.SINGLES].map((type) => [type, wordsOf(gameTypeWords)[type]] as const)}
        onChange={(gameType) => set({ gameType })}
      />
      <Choice
        labelled
        label={wordsOf(gamesWords).skill}
        value={draft.skillLevel}
        options={[SkillLevel.ALL, SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE, SkillLevel.ADVANCED, SkillLevel.EXPERT].map(
          (level) => [level, wordsOf(skillWords)[level]] as const,
        )}
        onChange={(skillLevel) => set({ skillLevel })}
      />
      <Select label={words.rules} value={draft.preset} onChange={(event) => set({ preset: Number(event.target.value) as ScoringPreset })}>
        {[
          ScoringPreset.SCORING_PRESET_UNSPECIFIED,
          ScoringPreset.SCORING_PRESET_KR_1X25,
          ScoringPreset.SCORING_PRESET_1X21,
          ScoringPreset.SCORING_PRESET_BWF_3X21,
          ScoringPreset.SCORING_PRESET_BWF_3X15,
        ].map((preset) => (
          <option key={preset} value={preset}>
            {wordsOf(presetWords)[preset] || noPreset}
          </option>
        ))}
      </Select>
      <TextArea label={words.description} placeholder={words.descriptionExample} {...text("description")} />
    </Form>
  );
}

function durations(chosen: number): number[] {
  const usual = [30, 60, 90, 120, 150, 180, 240];
  return usual.includes(chosen) ? usual : [...usual, chosen].sort((a, b) => a - b);
}
