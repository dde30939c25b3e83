import type { OutboxItem } from "@dongbaejul/client";
import { useOutboxActions } from "@dongbaejul/client/react";
import { Button } from "../ui/Button";
import { Problem } from "../ui/State";
import { Text } from "../ui/Text";
import { actions } from "../words";

/** What the user has done that the server has refused, or has not taken yet. */
export function Pending({ items }: { items: readonly OutboxItem[] }) {
  const { drop } = useOutboxActions();
  const waiting = items.filter(({ state, attempts }) => state === "queued" && attempts > 0);
  return (
    <>
      {items.map((item) =>
        item.state === "failed" ? (
          <Problem key={item.id} fault={item.fault}>
            <Button title="확인" onPress={() => drop(item.id)} />
          </Problem>
        ) : null,
      )}
      {waiting.length > 0 && (
        <Text kind="small" color="warn">
          {`${[...new Set(waiting.map(({ action }) => actions[action.kind] ?? "변경"))].join(", ")}: 연결되면 보내요.`}
        </Text>
      )}
    </>
  );
}
