import { useInfiniteQuery } from "@connectrpc/connect-query";
import { GameService, GameStatus, type GameView } from "@dongbaejul/client";
import { useGames } from "@dongbaejul/client/react";
import { itemsOf, Unread } from "../club/queries";
import { dateOf, day, dayKey } from "../format/time";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { go, useSearchParams } from "../router/router";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { ButtonLink } from "../ui/Button";
import { Choice } from "../ui/Field";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { GameRow } from "./GameRow";
import { gamePagesWords } from "./words.pages";

/** All games: those to come, and those that are over. */
export function GamesPage() {
  const words = useWords(gamePagesWords);
  const past = useSearchParams().get("show") === "past";
  return (
    <Page
      title={words.games}
      actions={
        <ButtonLink look="primary" size="small" icon="plus" href={pathTo("newGame")}>
          {words.newGame}
        </ButtonLink>
      }
    >
      <Choice
        label={words.which}
        value={past ? "past" : "next"}
        options={[
          ["next", words.next],
          ["past", words.past],
        ]}
        onChange={(show) => go(pathTo("games") + (show === "past" ? "?show=past" : ""), { replace: true })}
      />
      {past ? <PastGames /> : <NextGames />}
    </Page>
  );
}

function NextGames() {
  const words = useWords(gamePagesWords);
  const list = useGames();
  const games = list.games.filter(({ shown }) => shown.status === GameStatus.SCHEDULED || shown.status === GameStatus.ONGOING);
  if (!list.isLoaded && games.length === 0) return <Pending error={list.error} />;
  if (games.length === 0) {
    return (
      <Empty icon="games" title={words.noNext}>
        <ButtonLink href={pathTo("newGame")} icon="plus">
          {words.newGame}
        </ButtonLink>
      </Empty>
    );
  }
  return (
    <div className="stack">
      {byDay(games).map(([key, of]) => (
        <section key={key} aria-label={key}>
          <h2 className="section-header">{key}</h2>
          <ul className="list card">
            {of.map(({ id, shown }) => (
              <GameRow key={id} game={shown} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function byDay(games: readonly GameView[]): [day: string, games: GameView[]][] {
  const days = new Map<string, [string, GameView[]]>();
  for (const view of games) {
    const date = dateOf(view.shown.gameDate) ?? new Date();
    const entry = days.get(dayKey(date)) ?? [day(date), []];
    entry[1].push(view);
    days.set(dayKey(date), entry);
  }
  return [...days.values()];
}

function PastGames() {
  const words = useWords(gamePagesWords);
  const list = useInfiniteQuery(
    GameService.method.listGames,
    { status: GameStatus.COMPLETED, limit: 30, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  if (!list.data) return <Unread query={list} />;
  const games = itemsOf(list.data.pages, (page) => page.games);
  if (games.length === 0) return <Empty icon="clock" title={words.noPast} />;
  return (
    <div className="stack">
      <ul className="list card">
        {games.map((game) => (
          <GameRow key={game.id} game={game} withDay />
        ))}
      </ul>
      <More of={list} />
    </div>
  );
}
