import { type Game, GameStatus, Team } from "@dongbaejul/client";
import { useConnection } from "@dongbaejul/client/react";
import { type CSSProperties, useEffect, useState } from "react";
import { clock, fullDay } from "../format/time";
import { sheetOf, sideNames } from "../games/people";
import { Progress, scoreInWords } from "../games/Score";
import { useNow } from "../hooks/useNow";
import { useOnline } from "../hooks/useOnline";
import { useWakeLock } from "../hooks/useWakeLock";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { goBack } from "../router/router";
import { currentPoints, matchWinner, pointsOf, type Side, setsWon } from "../scoring/scoring";
import { At } from "../shell/Ago";
import { Logo } from "../shell/Logo";
import { Pending } from "../shell/Pending";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Empty } from "../ui/State";
import { boardWords } from "./words";
import "./ScreenPage.css";
import { type Board, type CourtView, useBoard } from "./useBoard";
import { useNewVersion } from "./useNewVersion";

/** How many courts can be read from the other end of a gym. */
const courtsAtOnce = 6;
const turnMs = 12_000;
const secondMs = 1000;
/** How often the picture moves a little, against burn-in. */
const shiftMs = 60_000;
const shifts = [
  [0, 0],
  [6, 3],
  [0, 6],
  [-6, 3],
  [-3, -4],
  [5, -4],
] as const;

/** The board for the gym's television, which runs untouched for days. */
export function ScreenPage() {
  const words = useWords(boardWords);
  const { board, fault } = useBoard();
  const idle = useIdle();
  useWakeLock();
  useDark();
  useNewVersion();
  const step = Math.floor(useNow(shiftMs).getTime() / shiftMs) % shifts.length;
  const [x, y] = shifts[step] ?? [0, 0];
  return (
    <main className={`screen ${idle ? "screen-idle" : ""}`}>
      <title>{words.screenTitle}</title>
      <div className="screen-picture" style={{ transform: `translate(${x}px, ${y}px)` }}>
        <Header />
        {board ? <Courts board={board} /> : <Pending error={fault} />}
        {board && <Next board={board} />}
      </div>
      <div className="screen-tools">
        <IconButton icon="expand" label={words.fullScreen} onClick={() => void document.documentElement.requestFullscreen?.()} />
        <IconButton icon="close" label={words.closeScreen} onClick={() => goBack(pathTo("board"))} />
      </div>
    </main>
  );
}

function Header() {
  const words = useWords(boardWords);
  const now = useNow(secondMs);
  const connection = useConnection();
  const online = useOnline();
  const [lost, setLost] = useState(false);
  const open = online && connection.status === "open";
  useEffect(() => {
    if (open) {
      setLost(false);
      return;
    }
    const timer = setTimeout(() => setLost(true), 5 * secondMs);
    return () => clearTimeout(timer);
  }, [open]);
  return (
    <header className="screen-header">
      <Logo size={56} />
      <h1>{words.club}</h1>
      <p role="status" className="screen-lost">
        {lost && (
          <>
            <Icon name="offline" size={32} /> {words.waitingForConnection}
          </>
        )}
      </p>
      <p className="soft">{fullDay(now)}</p>
      <p className="screen-clock">{clock(now)}</p>
    </header>
  );
}

function Courts({ board }: { board: Board }) {
  const words = useWords(boardWords);
  const playing = board.courts.filter((view): view is CourtView & { game: Game } => view.game !== undefined);
  const turns = Math.max(1, Math.ceil(playing.length / courtsAtOnce));
  const turn = Math.floor(useNow(turnMs).getTime() / turnMs) % turns;
  const shown = playing.slice(turn * courtsAtOnce, (turn + 1) * courtsAtOnce);
  if (shown.length === 0) {
    return (
      <div className="screen-empty">
        <Empty icon="games" title={words.noOngoing} />
      </div>
    );
  }
  const columns = shown.length === 1 ? 1 : shown.length <= 4 ? 2 : 3;
  const style = { "--columns": columns, "--rows": Math.ceil(shown.length / columns) } as CSSProperties;
  return (
    <ul className="screen-courts" style={style}>
      {shown.map(({ court, game }) => (
        <ScreenCourt key={court.id} name={court.name} game={game} />
      ))}
    </ul>
  );
}

function ScreenCourt({ name, game }: { name: string; game: Game }) {
  const sheet = sheetOf(game);
  if (!sheet) return null;
  const winner = matchWinner(sheet);
  return (
    <li className="screen-court">
      <p className="hidden-visually">{scoreInWords(game, sheet)}</p>
      <div className="screen-court-header">
        <h2>{name}</h2>
        <span>{game.title}</span>
        <Progress game={game} />
      </div>
      {([Team.TEAM1, Team.TEAM2] as const).map((side: Side) => (
        <div key={side} className={`screen-side ${winner === side ? "screen-won" : ""}`} aria-hidden="true">
          <span className="screen-names">
            {sideNames(game, side).map((player) => (
              <span key={player}>{player}</span>
            ))}
          </span>
          {sheet.rules.bestOf > 1 && <span className="screen-sets">{setsWon(sheet, side)}</span>}
          <span className="screen-points" key={pointsOf(currentPoints(sheet), side)}>
            {pointsOf(currentPoints(sheet), side)}
          </span>
        </div>
      ))}
    </li>
  );
}

/** The next games, in one line. */
function Next({ board }: { board: Board }) {
  const words = useWords(boardWords);
  const next = board.games.filter((game) => game.status === GameStatus.SCHEDULED).slice(0, 3);
  if (next.length === 0) return null;
  return (
    <section className="screen-next" aria-label={words.nextGames}>
      <h2>{words.nextGames}</h2>
      <ul>
        {next.map((game) => (
          <li key={game.id}>
            <strong>
              <At time={game.gameDate} clockOnly />
            </strong>
            <span>{game.title}</span>
            <span className="soft number">{words.people(game.participants.length, game.maxParticipants)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Returns whether the pointer has not moved for a while: then it is hidden, with the buttons. */
function useIdle(): boolean {
  const [idle, setIdle] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wake = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), 4 * secondMs);
    };
    const signs = ["pointermove", "pointerdown", "keydown"] as const;
    for (const sign of signs) window.addEventListener(sign, wake);
    return () => {
      clearTimeout(timer);
      for (const sign of signs) window.removeEventListener(sign, wake);
    };
  }, []);
  return idle;
}

/** Uses the dark theme whatever was chosen: a bright picture the size of a wall blinds players who look up for a shuttle. */
function useDark() {
  useEffect(() => {
    const { dataset } = document.documentElement;
    const chosen = dataset.theme;
    dataset.theme = "dark";
    return () => {
      if (chosen === undefined) delete dataset.theme;
      else dataset.theme = chosen;
    };
  }, []);
}
