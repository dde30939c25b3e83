import { type Game, Team } from "@dongbaejul/client";
import { useWords, wordsOf } from "../language/language";
import { currentPoints, currentSet, matchWinner, pointsOf, pointToWin, type Sheet, type Side, setsWon } from "../scoring/scoring";
import { Badge } from "../ui/Badge";
import { sheetOf, sideNames } from "./people";
import { gamesWords } from "./words";
import "./Score.css";

/** The score of a game, one side above the other. Screen readers get it as a sentence. */
export function Score({ game }: { game: Game }) {
  const sheet = sheetOf(game);
  if (!sheet) return null;
  return (
    <div className="score">
      <p className="hidden-visually">{scoreInWords(game, sheet)}</p>
      {([Team.TEAM1, Team.TEAM2] as const).map((side) => (
        <SideScore key={side} game={game} sheet={sheet} side={side} />
      ))}
    </div>
  );
}

function SideScore({ game, sheet, side }: { game: Game; sheet: Sheet; side: Side }) {
  const winner = game.winner || matchWinner(sheet);
  const state = winner === undefined ? "" : winner === side ? "score-won" : "score-lost";
  return (
    <div className={`score-side ${state}`} aria-hidden="true">
      <span className="score-names">
        {sideNames(game, side).map((name) => (
          <span key={name}>{name}</span>
        ))}
      </span>
      {sheet.rules.bestOf > 1 && <span className="score-sets">{setsWon(sheet, side)}</span>}
      <span className="score-points" key={pointsOf(currentPoints(sheet), side)}>
        {pointsOf(currentPoints(sheet), side)}
      </span>
    </div>
  );
}

/** Whether the sets have a winner. */
export function isDecided(game: Game): boolean {
  const sheet = sheetOf(game);
  return sheet !== undefined && matchWinner(sheet) !== undefined;
}

/** "김민수·이지은 12점, 박서준·최유진 9점" */
export function scoreInWords(game: Game, sheet: Sheet): string {
  const words = wordsOf(gamesWords);
  const points = currentPoints(sheet);
  const side = (s: Side) =>
    words.sideScore(sideNames(game, s).join("·"), sheet.rules.bestOf > 1 ? setsWon(sheet, s) : undefined, pointsOf(points, s));
  return `${side(Team.TEAM1)}, ${side(Team.TEAM2)}`;
}

/** Returns the state of the match: "2세트", "매치 포인트", "경기 끝". */
export function Progress({ game }: { game: Game }) {
  const words = useWords(gamesWords);
  const sheet = sheetOf(game);
  if (!sheet) return null;
  if (matchWinner(sheet) !== undefined) return <Badge tone="accent">{words.over}</Badge>;
  const near = [pointToWin(sheet, Team.TEAM1), pointToWin(sheet, Team.TEAM2)];
  if (near.includes("match")) return <Badge tone="warn">{words.matchPoint}</Badge>;
  if (near.includes("set")) return <Badge tone="warn">{words.setPoint}</Badge>;
  return <Badge>{sheet.rules.bestOf > 1 ? words.set(currentSet(sheet)) : words.gameTo(sheet.rules.pointsTo)}</Badge>;
}
