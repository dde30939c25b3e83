import { type Game, GameStatus } from "@dongbaejul/client";
import { useGames } from "@dongbaejul/client/react";
import { dateOf, dayKey } from "../format/time";
import { GameRow } from "../games/GameRow";
import { type Asker, refusesScore, refusesStart } from "../games/rights";
import { useAsker } from "../games/useAsker";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { scoringWords } from "./words";

/** How many games are offered; the board has the others. */
const most = 5;

/** Offers the scorer of a finished game the next ones: games in play first, then today's that can be started. */
export function NextToScore({ after }: { after: Game }) {
  const words = useWords(scoringWords);
  const asker = useAsker();
  const games = useGames().games.map(({ shown }) => shown);
  const next = games.filter((game) => game.id !== after.id && isNext(game, asker)).sort((a, b) => b.status - a.status);
  return (
    <section className="stack" aria-labelledby="next">
      <h2 id="next">{words.next}</h2>
      {next.length > 0 ? (
        <ul className="list card">
          {next.slice(0, most).map((game) => (
            <GameRow
              key={game.id}
              game={game}
              href={game.status === GameStatus.ONGOING ? pathTo("score", { game: game.id }) : pathTo("game", { game: game.id })}
            />
          ))}
        </ul>
      ) : (
        <p className="soft">{words.noNext}</p>
      )}
    </section>
  );
}

function isNext(game: Game, asker: Asker): boolean {
  if (game.status === GameStatus.ONGOING) return refusesScore(game, asker) === undefined;
  const date = dateOf(game.gameDate);
  const today = date !== undefined && dayKey(date) === dayKey(new Date());
  return game.status === GameStatus.SCHEDULED && today && refusesStart(game, asker, [...game.team1, ...game.team2]) === undefined;
}
