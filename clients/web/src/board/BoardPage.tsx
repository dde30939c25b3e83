import { GameStatus } from "@dongbaejul/client";
import { usePermission } from "@dongbaejul/client/react";
import { Suspense, useState } from "react";
import { fullDay } from "../format/time";
import { GameRow } from "../games/GameRow";
import { useNow } from "../hooks/useNow";
import { lazyWithQueries } from "../lazyWithQueries";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/State";
import { CourtCard } from "./CourtCard";
import "./BoardPage.css";
import { type Board, useBoard } from "./useBoard";

const CourtsDialog = lazyWithQueries(async () => (await import("./CourtsDialog")).CourtsDialog);

/** Today at a glance: what is played on which court, and what is to come. */
export function BoardPage() {
  const { board, fault, reload } = useBoard();
  const now = useNow(60_000);
  return (
    <Page
      title="현황판"
      aside={<p className="soft">{fullDay(now)}</p>}
      actions={
        <ButtonLink href={pathTo("screen")} icon="screen" size="small" className="board-screen">
          큰 화면
        </ButtonLink>
      }
    >
      {board ? <Today board={board} reload={reload} /> : <Pending error={fault} onRetry={reload} />}
    </Page>
  );
}

function Today({ board, reload }: { board: Board; reload: () => void }) {
  const manage = usePermission("games.manage");
  const [managing, setManaging] = useState(false);
  const counts = board.counts;
  const figures = [
    ["진행 중", counts?.ongoing, "경기"],
    ["오늘 예정", counts?.scheduled, "경기"],
    ["대기 회원", counts?.waitingPlayers, "명"],
    ["오늘 종료", counts?.completed, "경기"],
    ["이번 주", counts?.thisWeek, "경기"],
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
              <small>{unit}</small>
            </dd>
          </div>
        ))}
      </dl>

      <section aria-labelledby="courts">
        <div className="section-header">
          <h2 id="courts">코트</h2>
          {manage && (
            <Button size="small" look="quiet" onClick={() => setManaging(true)}>
              관리
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
          <h2 id="today">오늘의 경기</h2>
          <Link className="link small" href={pathTo("games")}>
            모든 경기
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
            <Empty icon="games" title="오늘 예정된 경기가 없습니다.">
              <ButtonLink href={pathTo("newGame")} icon="plus">
                경기 만들기
              </ButtonLink>
            </Empty>
          </div>
        )}
      </section>

      {over.length > 0 && (
        <section aria-labelledby="over">
          <h2 id="over" className="section-header">
            오늘의 결과
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
