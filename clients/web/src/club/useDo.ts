import type { OutboxAction } from "@dongbaejul/client";
import { useCallback } from "react";
import { useNotice } from "../shell/Notices";
import { useClient, useClub } from "./ClubProvider";

/** Does something: now, or when there is a connection again. What cannot even be kept until then the user is told of. */
export function useDo(): (action: OutboxAction) => boolean {
  const client = useClient();
  const { outbox } = useClub();
  const tell = useNotice();
  return useCallback(
    (action) => {
      try {
        outbox.add(action).stored.catch((error: unknown) => tell(client.fault(error)));
        return true;
      } catch (error) {
        tell(client.fault(error));
        return false;
      }
    },
    [client, outbox, tell],
  );
}
