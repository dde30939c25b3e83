import { type Game, GameEnd, GameStatus, Team } from "@dongbaejul/client";
import { useState } from "react";
import { useAct } from "../club/useAct";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice } from "../ui/Field";
import { sideNames } from "./people";
import { gameEndWords } from "./words";

const hints: Readonly<Partial<Record<GameEnd, string>>> = {
  [GameEnd.RETIRED]: "지금까지의 점수와 승패는 기록에 남고, 레이팅은 바뀌지 않습니다.",
  [GameEnd.WALKOVER]: "기록과 레이팅에 반영되지 않습니다.",
  [GameEnd.ABANDONED]: "승패가 없고, 기록과 레이팅에 반영되지 않습니다.",
};

/** Ends a game before its sets decide it. A game that has not started can only end by a walkover. */
export function EndGame({ game }: { game: Game }) {
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
      <Button onClick={() => setOpen(true)}>{game.status === GameStatus.ONGOING ? "경기 끝내기" : gameEndWords[GameEnd.WALKOVER]}</Button>
      {open && (
        <Dialog title="경기 끝내기" onClose={() => setOpen(false)}>
          <Choice labelled label="끝난 까닭" value={end} options={ends.map((e) => [e, gameEndWords[e]] as const)} onChange={setEnd} />
          <p className="small soft">{hints[end]}</p>
          {won && (
            <Choice
              labelled
              label="이긴 팀"
              value={winner}
              options={([Team.TEAM1, Team.TEAM2] as const).map((side) => [side, sideNames(game, side).join("·")] as const)}
              onChange={setWinner}
            />
          )}
          <div className="dialog-actions">
            <Button onClick={() => setOpen(false)}>취소</Button>
            <Button look="danger" disabled={won && winner === Team.UNSPECIFIED} onClick={finish}>
              경기 끝내기
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
