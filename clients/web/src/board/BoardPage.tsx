import { GameStatus } from "@dongbaejul/client";
import { usePermission } from "@dongbaejul/client/react";
import { Suspense, useState } from "react";
import { fullDay } from "../format/time";
import { GameRow } from "../games/GameRow";
import { useNow } from "../hooks/useNow";
import { useWords } from "../language/language";
import { lazyWithQueries } from "../lazyWithQueries";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { CourtCard } from "./CourtCard";
import { boardWords } from "./words";
import "./BoardPage.css";
import { type Board, useBoard } from "./useBoard";

const CourtsDialog = lazyWithQueries(async () => (await import("./CourtsDialog")).CourtsDialog);

/** Today at a glance: the games on the courts, and those to come. */
export function BoardPage() {
  const words = useWords(boardWords);
  const { board, fault, reload } = useBoard();
  const now = useNow(60_000);
  return (
    <Page
      title={words.title}
      aside={<p className="soft">{fullDay(now)}</p>}
      actions={
        <ButtonLink href={pathTo("screen")} icon="screen" size="small" className="board-screen">
          {words.bigScreen}
        </ButtonLink>
      }
    >
      {board ? <Today board={board} reload={reload} /> : <Pending error={fault} onRetry={reload} />}
    </Page>
  );
}

function Today({ board, reload }: { board: Board; reload: () => void }) {
  const words = useWords(boardWords);
  const manage = usePermission("games.manage");
  const [managing, setManaging] = useState(false);
  const counts = board.counts;
  const figures = [
    [words.ongoing, counts?.ongoing, words.games],
    [words.todayScheduled, counts?.scheduled, words.games],
    [words.waitingPlayers, counts?.waitingPlayers, words.players],
    [words.todayCompleted, counts?.completed, words.games],
    [words.thisWeek, counts?.thisWeek, words.games],
  ] as const;
  const open = board.games.filter((game) => game.status === GameStatus.SCHEDULED);
  const over = board.games.filter((game) => game.status === GameStatus.COMPLETED);
  return (
    <>
      <dl className="figures card">
        {figures.map(([name, number, unit]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">
              {number ?? 0}
              <small>{unit(number ?? 0)}</small>
            </dd>
          </div>
        ))}
      </dl>

      <section aria-labelledby="courts">
        <div className="section-header">
          <h2 id="courts">{words.courts}</h2>
          {manage && (
            <Button size="small" look="quiet" onClick={() => setManaging(true)}>
              {words.manage}
            </Button>
          )}
        </div>
        {managing && (
          <Suspense>
            <CourtsDialog
              onClose={() => {
                setManaging(false);
                reload();
              }}
            />
          </Suspense>
        )}
        <ul className="courts">
          {board.courts.map(({ court, game }) => (
            <li key={court.id} className={game ? "courts-played" : ""}>
              <CourtCard court={court} game={game} />
            </li>
          ))}
        </ul>
      </section>

      <section aria-labelledby="today">
        <div className="section-header">
          <h2 id="today">{words.todaysGames}</h2>
          <Link className="link small" href={pathTo("games")}>
            {words.allGames}
          </Link>
        </div>
        {open.length > 0 ? (
          <ul className="list card">
            {open.map((game) => (
              <GameRow key={game.id} game={game} />
            ))}
          </ul>
        ) : (
          <div className="card">
            <Empty icon="games" title={words.noneToday}>
              <ButtonLink href={pathTo("newGame")} icon="plus">
                {words.newGame}
              </ButtonLink>
            </Empty>
          </div>
        )}
      </section>

      {over.length > 0 && (
        <section aria-labelledby="over">
          <h2 id="over" className="section-header">
            {words.todaysResults}
          </h2>
          <ul className="list card">
            {over.map((game) => (
              <GameRow key={game.id} game={game} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
