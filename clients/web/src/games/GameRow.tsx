import { type Game, GameStatus, Team } from "@dongbaejul/client";
import { useUserId } from "@dongbaejul/client/react";
import { useWords, wordsOf } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { At } from "../shell/Ago";
import { Badge } from "../ui/Badge";
import { gamesWords, gameTypeWords, skillWords, stateWords } from "./words";
import "./GameRow.css";
import { participant, sideNames, waitingPosition } from "./people";

/** A game in a list. */
export function GameRow({ game, withDay = false, href }: { game: Game; withDay?: boolean; href?: string }) {
  const facts = [game.location, wordsOf(gameTypeWords)[game.gameType], wordsOf(skillWords)[game.skillLevel], places(game)].filter(Boolean);
  return (
    <li className="list-item">
      <Link className="game-row" href={href ?? pathTo("game", { game: game.id })}>
        <span className="game-row-time">
          <At time={game.gameDate} clockOnly={!withDay} />
        </span>
        <span className="game-row-text">
          <span className="game-row-title">{game.title}</span>
          <span className="small soft">{game.status === GameStatus.COMPLETED ? <Result game={game} /> : facts.join(" · ")}</span>
        </span>
        <Standing game={game} />
      </Link>
    </li>
  );
}

function places(game: Game): string {
  const words = wordsOf(gamesWords);
  return words.places(game.participants.length, game.maxParticipants, game.waitingList.length);
}

function Result({ game }: { game: Game }) {
  const words = useWords(gamesWords);
  const score = game.finalScore;
  if (!score) return words.noResult;
  return (
    <span className="number">
      {sideNames(game, Team.TEAM1).join("·")} {score.team1Score} : {score.team2Score} {sideNames(game, Team.TEAM2).join("·")}
    </span>
  );
}

/** The user's part in the game, or else its state. */
function Standing({ game }: { game: Game }) {
  const words = useWords(gamesWords);
  const userId = useUserId();
  const position = waitingPosition(game, userId);
  if (game.status === GameStatus.SCHEDULED) {
    if (participant(game, userId)) return <Badge tone="accent">{words.joined}</Badge>;
    if (position > 0) return <Badge tone="warn">{words.waiting(position)}</Badge>;
    if (game.participants.length >= game.maxParticipants) return <Badge>{words.full}</Badge>;
    return null;
  }
  return <Badge tone={game.status === GameStatus.ONGOING ? "accent" : "plain"}>{stateWords(game)}</Badge>;
}
