import { useClient } from "../club/client";
import { type Action, useAction } from "../club/useAction";
import type { Edit } from "./useDraft";

interface Stored<T> {
  /** Stores the form's values if nobody has changed them since this version. */
  store(expectedVersion: number): Promise<void>;
  /** Returns the current values and their version. */
  load(): Promise<{ fields: T; version: number } | undefined>;
  onStored: () => void;
}

/** How often to retry on a newer version: others keep changing fields that the form does not have, such as the participants. */
const maxTries = 5;

/** Stores the user's changes. On a conflict, the form is rebased on the newer values, and the user reviews and stores it again. */
export function useStore<T extends object>(edit: Edit<T>, { store, load, onStored }: Stored<T>): Action<[]> {
  const client = useClient();
  return useAction(async () => {
    let { version } = edit;
    for (let tries = 1; ; tries++) {
      try {
        await store(version);
        break;
      } catch (error) {
        if (client.fault(error).reason !== "VERSION_CONFLICT") throw error;
        const now = await load();
        if (now === undefined || edit.rebase(now.fields, now.version)) return;
        if (tries === maxTries) throw error;
        version = now.version;
      }
    }
    edit.clear();
    onStored();
  });
}
