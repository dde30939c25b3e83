import { BroadcastRequestLimits } from "@dongbaejul/client/gen/dongbaejul/v1/limits";
import { useClient } from "../club/client";
import { useAction, useRequestId } from "../club/useAction";
import { Restored } from "../drafts/Changes";
import { useDraft } from "../drafts/useDraft";
import { useWords } from "../language/language";
import { Dialog } from "../ui/Dialog";
import { TextArea, TextField } from "../ui/Field";
import { Form } from "../ui/Form";
import { notificationWords } from "./words";

/** Sends an announcement to all members. */
export function BroadcastDialog({ onClose }: { onClose: () => void }) {
  const words = useWords(notificationWords);
  const client = useClient();
  const requestId = useRequestId();
  const draft = useDraft("broadcast", { title: "", body: "" });
  const { title, body } = draft.value;
  const send = useAction(async () => {
    await client.notifications.broadcast({ title, body, requestId: requestId({ title, body }) });
    draft.clear();
    onClose();
  });
  return (
    <Dialog title={words.broadcast} onClose={onClose}>
      <Restored of={draft} />
      <Form action={send} submit={words.send} onCancel={onClose}>
        <TextField
          label={words.broadcastTitle}
          required
          maxLength={BroadcastRequestLimits.title}
          value={title}
          onChange={(event) => draft.set({ title: event.target.value, body })}
        />
        <TextArea
          label={words.broadcastText}
          maxLength={BroadcastRequestLimits.body}
          value={body}
          onChange={(event) => draft.set({ title, body: event.target.value })}
        />
      </Form>
    </Dialog>
  );
}
