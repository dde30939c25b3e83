import { useClient } from "../club/client";
import { type Action, useAction } from "../club/useAction";
import type { Edit } from "./useDraft";

interface Stored<T> {
  /** Stores what the form holds if nobody has changed it since this version. */
  store(expectedVersion: number): Promise<void>;
  /** Asks for what there is now. */
  load(): Promise<{ fields: T; version: number } | undefined>;
  onStored: () => void;
}

/** Others change something else of it all the time, such as who takes part: so often it is stored on the next version. */
const maxTries = 5;

/** Stores what was edited. Where somebody else was first, the form is based on theirs, and the user looks at it and stores it again. */
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
