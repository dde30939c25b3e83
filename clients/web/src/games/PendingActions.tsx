import type { OutboxActionKind, OutboxItem } from "@dongbaejul/client";
import { useOutboxActions } from "@dongbaejul/client/react";
import { useWords } from "../language/language";
import { Button } from "../ui/Button";
import { FaultNote, Note } from "../ui/State";
import { gamePagesWords } from "./words.pages";

const actionsIn = (words: typeof gamePagesWords.ko): Partial<Record<OutboxActionKind, string>> => ({
  join_game: words.joinGame,
  leave_game: words.leaveGame,
  set_teams: words.setTeams,
  start_game: words.startGame,
  update_score: words.score,
  complete_game: words.endGame,
  cancel_game: words.cancelGame,
});

/** The user's actions that the server has not accepted yet, or has refused. */
export function PendingActions({ pending }: { pending: readonly OutboxItem[] }) {
  const words = useWords(gamePagesWords);
  const actions = actionsIn(words);
  const { drop } = useOutboxActions();
  const waiting = pending.filter((item) => item.state === "queued" && item.attempts > 0);
  return (
    <>
      {pending.map((item) =>
        item.state === "failed" ? (
          <FaultNote key={item.id} fault={item.fault}>
            <Button size="small" look="quiet" onClick={() => drop(item.id)}>
              {words.ok}
            </Button>
          </FaultNote>
        ) : null,
      )}
      {waiting.length > 0 && (
        <Note tone="warn">{words.sentLater([...new Set(waiting.map(({ action }) => actions[action.kind]))].join(", "))}</Note>
      )}
    </>
  );
}
