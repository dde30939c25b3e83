import type { OutboxActionKind, OutboxItem } from "@dongbaejul/client";
import { useOutboxActions } from "@dongbaejul/client/react";
import { Button } from "../ui/Button";
import { FaultNote, Note } from "../ui/State";

const words: Partial<Record<OutboxActionKind, string>> = {
  join_game: "참가 신청",
  leave_game: "참가 취소",
  set_teams: "팀 정하기",
  start_game: "경기 시작",
  update_score: "점수 기록",
  complete_game: "경기 끝내기",
  cancel_game: "경기 취소",
};

/** What the user has done that the server has not taken yet, or has refused. */
export function PendingActions({ pending }: { pending: readonly OutboxItem[] }) {
  const { drop } = useOutboxActions();
  const waiting = pending.filter((item) => item.state === "queued" && item.attempts > 0);
  return (
    <>
      {pending.map((item) =>
        item.state === "failed" ? (
          <FaultNote key={item.id} fault={item.fault}>
            <Button size="small" look="quiet" onClick={() => drop(item.id)}>
              확인
            </Button>
          </FaultNote>
        ) : null,
      )}
      {waiting.length > 0 && (
        <Note tone="warn">{[...new Set(waiting.map(({ action }) => words[action.kind]))].join(", ")}: 연결되면 전송됩니다.</Note>
      )}
    </>
  );
}
