import { type Game, GameStatus, type GameView, Team } from "@dongbaejul/client";
import { useGame, useOutboxActions } from "@dongbaejul/client/react";
import { useEffect, useState } from "react";
import { useAct } from "../club/useAct";
import { nameOf } from "../format/names";
import { PendingActions } from "../games/PendingActions";
import { sheetOf, sideIds, sideNames } from "../games/people";
import { Result } from "../games/Result";
import { type Refusal, refusesScore } from "../games/rights";
import { scoreInWords } from "../games/Score";
import { useAsker } from "../games/useAsker";
import { useWakeLock } from "../hooks/useWakeLock";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { goBack } from "../router/router";
import { Pending } from "../shell/Pending";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Note } from "../ui/State";
import { NextToScore } from "./NextToScore";
import {
  type Change,
  currentPoints,
  currentSet,
  matchWinner,
  otherSide,
  pointBack,
  pointFor,
  pointsOf,
  pointToWin,
  type Sheet,
  type Side,
  setsWon,
} from "./scoring";
import { scoringWords } from "./words";
import "./ScorePage.css";

/** Scoring at the court: a tap on a side adds a point to it. */
export function ScorePage({ game: gameId }: { game: string }) {
  const words = useWords(scoringWords);
  const { game: view, error, reload } = useGame(gameId);
  const back = pathTo("game", { game: gameId });
  const sheet = view && sheetOf(view.shown);
  return (
    <main className="scoring">
      <title>{words.titled(view?.shown.title ?? "")}</title>
      <header className="scoring-header">
        <IconButton icon="back" label={words.back} onClick={() => goBack(back)} />
        <h1>{view?.shown.title ?? words.title}</h1>
        {view?.shown.courtName && <Badge>{view.shown.courtName}</Badge>}
      </header>
      {!view ? (
        <Pending error={error} onRetry={reload} />
      ) : view.shown.status !== GameStatus.ONGOING || !sheet ? (
        <div className="scoring-over stack">
          <PendingActions pending={view.pending} />
          <Note icon="check" tone={view.shown.status === GameStatus.COMPLETED ? "accent" : "plain"}>
            {view.shown.status === GameStatus.COMPLETED ? words.over : words.notOngoing}
          </Note>
          {view.shown.status === GameStatus.COMPLETED && <Result game={view.shown} />}
          <NextToScore after={view.shown} />
          <div className="row">
            <ButtonLink href={back}>{words.show}</ButtonLink>
            <ButtonLink href={pathTo("board")} icon="board">
              {words.toBoard}
            </ButtonLink>
          </div>
        </div>
      ) : (
        <ScoreBoard view={view} sheet={sheet} />
      )}
    </main>
  );
}

const refusals = {
  not_a_player: "notAPlayer",
  not_its_day: "notItsDay",
} as const satisfies Record<Refusal, string>;

function ScoreBoard({ view, sheet }: { view: GameView; sheet: Sheet }) {
  const words = useWords(scoringWords);
  const act = useAct();
  const [left, setLeft] = useState<Side>(Team.TEAM1);
  const [taps, setTaps] = useState<readonly Side[]>([]);
  useWakeLock();

  const refusal = refusesScore(view.shown, useAsker());
  const run = refusal === undefined;
  const { id, version } = view.game;
  const score = (change: Change | undefined) => {
    if (!change || !act({ kind: "update_score", gameId: id, expectedVersion: version, ...change })) return false;
    navigator.vibrate?.(15);
    return true;
  };
  const point = (side: Side) => {
    if (score(pointFor(sheet, side))) setTaps([...taps, side]);
  };
  // The last tap on this device, or else a point of the leading side: another scorer's taps are not known here.
  const lastSide = taps.at(-1) ?? (currentPoints(sheet).team1Score >= currentPoints(sheet).team2Score ? Team.TEAM1 : Team.TEAM2);
  const back = pointBack(sheet, lastSide) ?? pointBack(sheet, otherSide(lastSide));
  const undo = () => {
    if (score(back)) setTaps(taps.slice(0, -1));
  };

  const over = matchWinner(sheet) !== undefined;
  return (
    <>
      <p className="hidden-visually" role="status">
        {scoreInWords(view.shown, sheet)}
      </p>
      <div className="scoring-notes">
        <Refused view={view} />
        {refusal && <Note tone="warn">{words[refusals[refusal]]}</Note>}
      </div>
      <div className="scoring-sides">
        {[left, otherSide(left)].map((side) => (
          <SideButton key={side} game={view.shown} sheet={sheet} side={side} disabled={over || !run} onPoint={() => point(side)} />
        ))}
      </div>
      <footer className="scoring-footer">
        <Button icon="undo" size="large" disabled={!back || !run} onClick={undo}>
          {words.undo}
        </Button>
        <p className="scoring-set small soft">
          {sheet.rules.bestOf > 1 && <span>{words.set(currentSet(sheet))}</span>}
          <Saved view={view} />
        </p>
        <Button icon="swap" size="large" onClick={() => setLeft(otherSide(left))}>
          {words.swap}
        </Button>
      </footer>
      {over && run && <Finish view={view} onUndo={undo} />}
    </>
  );
}

interface SideButtonProps {
  game: Game;
  sheet: Sheet;
  side: Side;
  disabled: boolean;
  onPoint: () => void;
}

function SideButton({ game, sheet, side, disabled, onPoint }: SideButtonProps) {
  const words = useWords(scoringWords);
  const names = sideNames(game, side);
  const near = pointToWin(sheet, side);
  return (
    <button
      type="button"
      className={`scoring-side scoring-${side === Team.TEAM1 ? "team1" : "team2"}`}
      disabled={disabled}
      onClick={onPoint}
    >
      <span className="scoring-names">
        {names.map((name) => (
          <span key={name}>{name}</span>
        ))}
      </span>
      <span className="scoring-points">{pointsOf(currentPoints(sheet), side)}</span>
      <span className="scoring-near">
        {sheet.rules.bestOf > 1 && <span>{words.sets(setsWon(sheet, side))}</span>}
        {near === "match" && <span>{words.matchPoint}</span>}
        {near === "set" && <span>{words.setPoint}</span>}
      </span>
      <span className="hidden-visually">{words.addPoint}</span>
    </button>
  );
}

/** Shows whether the server has all points. */
function Saved({ view }: { view: GameView }) {
  const words = useWords(scoringWords);
  const waiting = view.pending.filter(({ state }) => state === "queued" || state === "sending").length;
  if (waiting > 0) return <span className="number">{words.sending(waiting)}</span>;
  return (
    <span className="scoring-saved">
      <Icon name="check" size={16} /> {words.saved}
    </span>
  );
}

/** The points that the server has refused. Of two scorers, the first one's score counts. */
function Refused({ view }: { view: GameView }) {
  const words = useWords(scoringWords);
  const outbox = useOutboxActions();
  const conflicts = view.pending.filter((item) => item.state === "failed" && item.fault.kind === "aborted");
  const others = view.pending.filter((item) => item.state === "failed" && item.fault.kind !== "aborted");
  const sheet = sheetOf(view.game);
  const drop = () => {
    for (const item of conflicts) outbox.drop(item.id);
  };
  return (
    <>
      {conflicts.length > 0 && sheet && (
        <div className="note note-warn" role="alert">
          <Icon name="people" size={20} />
          <p>
            {words.conflict}{" "}
            <strong className="number">
              {currentPoints(sheet).team1Score} : {currentPoints(sheet).team2Score}
            </strong>
            {words.conflictEnd}
          </p>
          <Button size="small" onClick={drop}>
            {words.ok}
          </Button>
        </div>
      )}
      <PendingActions pending={others} />
    </>
  );
}

/** Is shown when the match is decided: ends the game, or removes the last point. */
function Finish({ view, onUndo }: { view: GameView; onUndo: () => void }) {
  const words = useWords(scoringWords);
  const act = useAct();
  const [mvp, setMvp] = useState("");
  const [open, setOpen] = useState(true);
  const [ended, setEnded] = useState(false);
  const game = view.shown;
  const sheet = sheetOf(game);
  const refused = view.pending.some(({ state, action }) => state === "failed" && action.kind === "complete_game");
  useEffect(() => {
    if (refused) setEnded(false);
  }, [refused]);
  if (!sheet || ended) return null;
  const winner = matchWinner(sheet);
  const players = game.participants.filter(({ userId }) =>
    [Team.TEAM1, Team.TEAM2].some((side) => sideIds(game, side as Side).includes(userId)),
  );
  const end = () => {
    setEnded(act({ kind: "complete_game", gameId: game.id, ...(mvp ? { mvp } : {}) }) !== undefined);
  };
  if (!open) {
    return (
      <div className="scoring-finish">
        <Button look="primary" size="large" onClick={() => setOpen(true)}>
          {words.end}
        </Button>
      </div>
    );
  }
  return (
    <Dialog title={winner ? words.won(sideNames(game, winner).join("·")) : words.ended} onClose={() => setOpen(false)}>
      <p className="finish-score">{game.sets.map((set) => `${set.team1Score} : ${set.team2Score}`).join("   ")}</p>
      <Select label="MVP" hint={words.mvpHint} value={mvp} onChange={(event) => setMvp(event.target.value)}>
        <option value="">{words.none}</option>
        {players.map((player) => (
          <option key={player.userId} value={player.userId}>
            {nameOf(player)}
          </option>
        ))}
      </Select>
      <div className="dialog-actions">
        <Button icon="undo" onClick={onUndo}>
          {words.undoLast}
        </Button>
        <Button look="primary" onClick={end}>
          {words.end}
        </Button>
      </div>
    </Dialog>
  );
}
