import { BroadcastRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import type { FormEvent } from "react";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { Restored } from "../drafts/Changes";
import { useDraft } from "../drafts/useDraft";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Inputs, TextArea, TextField } from "../ui/Field";
import { FaultNote } from "../ui/State";

/** Tells something to everybody. */
export function BroadcastDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const requestId = useRequestId();
  const draft = useDraft("broadcast", { title: "", body: "" });
  const { title, body } = draft.value;
  const send = useAction(async () => {
    await client.notifications.broadcast({ title, body, requestId: requestId({ title, body }) });
    draft.clear();
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send.run();
  };
  return (
    <Dialog title="모두에게 알리기" onClose={onClose}>
      <Restored of={draft} />
      <form className="stack" onSubmit={submit}>
        <Inputs busy={send.busy}>
          <TextField
            label="제목"
            required
            maxLength={BroadcastRequestLimits.title}
            value={title}
            onChange={(event) => draft.set({ title: event.target.value, body })}
          />
          <TextArea
            label="내용"
            maxLength={BroadcastRequestLimits.body}
            value={body}
            onChange={(event) => draft.set({ title, body: event.target.value })}
          />
        </Inputs>
        <FaultNote fault={send.fault} />
        <div className="dialog-actions">
          <Button onClick={onClose}>취소</Button>
          <Button type="submit" look="primary" busy={send.busy}>
            보내기
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
