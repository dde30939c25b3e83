import { type Game, GameEnd, GameStatus, Team } from "@dongbaejul/client";
import { useState } from "react";
import { useAct } from "../club/useAct";
import { useWords, wordsOf } from "../language/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice } from "../ui/Field";
import { sideNames } from "./people";
import { gameEndWords } from "./words";
import { gamePagesWords } from "./words.pages";

const hintsOf = (words: typeof gamePagesWords.ko): Readonly<Partial<Record<GameEnd, string>>> => ({
  [GameEnd.RETIRED]: words.retiredHint,
  [GameEnd.WALKOVER]: words.walkoverHint,
  [GameEnd.ABANDONED]: words.abandonedHint,
});

/** Ends a game before its sets decide it. A game that has not started can only end by a walkover. */
export function EndGame({ game }: { game: Game }) {
  const words = useWords(gamePagesWords);
  const act = useAct();
  const ends = game.status === GameStatus.ONGOING ? [GameEnd.RETIRED, GameEnd.WALKOVER, GameEnd.ABANDONED] : [GameEnd.WALKOVER];
  const [open, setOpen] = useState(false);
  const [end, setEnd] = useState<GameEnd>(ends[0] ?? GameEnd.WALKOVER);
  const [winner, setWinner] = useState<Team>(Team.UNSPECIFIED);
  const won = end !== GameEnd.ABANDONED;
  const finish = () => {
    if (act({ kind: "complete_game", gameId: game.id, end, ...(won ? { winner } : {}) })) setOpen(false);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        {game.status === GameStatus.ONGOING ? words.endGame : wordsOf(gameEndWords)[GameEnd.WALKOVER]}
      </Button>
      {open && (
        <Dialog title={words.endGame} onClose={() => setOpen(false)}>
          <Choice
            labelled
            label={words.reason}
            value={end}
            options={ends.map((e) => [e, wordsOf(gameEndWords)[e]] as const)}
            onChange={setEnd}
          />
          <p className="small soft">{hintsOf(words)[end]}</p>
          {won && (
            <Choice
              labelled
              label={words.winner}
              value={winner}
              options={([Team.TEAM1, Team.TEAM2] as const).map((side) => [side, sideNames(game, side).join("·")] as const)}
              onChange={setWinner}
            />
          )}
          <div className="dialog-actions">
            <Button onClick={() => setOpen(false)}>{words.cancel}</Button>
            <Button look="danger" disabled={won && winner === Team.UNSPECIFIED} onClick={finish}>
              {words.endGame}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
