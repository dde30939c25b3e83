import { type Court, CourtStatus, type Game } from "@dongbaejul/client";
import { Progress, Score } from "../games/Score";
import { courtStatusWords } from "../games/words";
import { wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import "./CourtCard.css";

/** A court, with the score of the game on it. */
export function CourtCard({ court, game }: { court: Court; game: Game | undefined }) {
  if (!game) {
    // A game that has just ended leaves its court before the court is read again.
    const status = court.status === CourtStatus.MAINTENANCE ? CourtStatus.MAINTENANCE : CourtStatus.AVAILABLE;
    return (
      <div className="court court-free">
        <h3>{court.name}</h3>
        <p className="soft">{wordsOf(courtStatusWords)[status]}</p>
      </div>
    );
  }
  return (
    <Link className="court card" href={pathTo("game", { game: game.id })}>
      <div className="court-header">
        <h3>{court.name}</h3>
        <span className="court-title soft small">{game.title}</span>
        <Progress game={game} />
      </div>
      <Score game={game} />
    </Link>
  );
}
