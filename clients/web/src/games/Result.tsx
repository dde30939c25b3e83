import { type Game, Team } from "@dongbaejul/client";
import { nameOf } from "../format/names";
import { Badge } from "../ui/Badge";
import { participant, sideNames } from "./people";
import { Score } from "./Score";

/** How a game ended. */
export function Result({ game }: { game: Game }) {
  const mvp = participant(game, game.mvp);
  return (
    <section className="card stack" aria-label="결과">
      <Score game={game} />
      {game.sets.length > 1 && (
        <p className="small soft number">
          {game.sets.map((set) => `${set.setNumber}세트 ${set.team1Score}:${set.team2Score}`).join(" · ")}
        </p>
      )}
      <p className="row">
        {game.winner !== Team.UNSPECIFIED && (
          <Badge tone="accent">{sideNames(game, game.winner === Team.TEAM1 ? Team.TEAM1 : Team.TEAM2).join("·")} 승리</Badge>
        )}
        {mvp && <Badge>MVP {nameOf(mvp)}</Badge>}
      </p>
    </section>
  );
}
