import { type Game, Team } from "@dongbaejul/client";
import { nameOf } from "../format/names";
import { useWords } from "../language/language";
import { Badge } from "../ui/Badge";
import { participant, sideNames } from "./people";
import { Score } from "./Score";
import { gamePagesWords } from "./words.pages";

/** How a game ended. */
export function Result({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const mvp = participant(game, game.mvp);
  return (
    <section className="card stack" aria-label={words.result}>
      <Score game={game} />
      {game.sets.length > 1 && (
        <p className="small soft number">
          {game.sets.map((set) => words.setScore(set.setNumber, `${set.team1Score}:${set.team2Score}`)).join(" · ")}
        </p>
      )}
      <p className="row">
        {game.winner !== Team.UNSPECIFIED && (
          <Badge tone="accent">{words.won(sideNames(game, game.winner === Team.TEAM1 ? Team.TEAM1 : Team.TEAM2).join("·"))}</Badge>
        )}
        {mvp && <Badge>MVP {nameOf(mvp)}</Badge>}
      </p>
    </section>
  );
}
