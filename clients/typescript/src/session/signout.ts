import { faultOf } from "../errors.js";
import { exclusive } from "../locks.js";
import { fullJitter } from "../timers.js";
import { callMs, isRefusal, refresh } from "./tokens.js";
import type { AuthClient, Config, Tokens } from "./tokens.js";

/** A session that has ended here but not yet on the server. */
type Ended = Pick<Tokens, "accessToken" | "refreshToken" | "expiresAt"> & { readonly allDevices: boolean };

const endedKey = "dongbaejul.signed-out";
/** How many are stored; each has ended without a network. */
const maxEnded = 3;
const lockMs = 10_000;

/** Ends sessions on the server that have ended here. It retries, also after restarts: until then the server pushes to the device. */
export function createLogout({ storage, auth }: Config) {
  const sending = new Set<string>();

  const change = (f: (kept: Ended[]) => Ended[]) =>
    exclusive(storage, endedKey, lockMs, async () => {
      const kept = f(parse(await storage.getItem(endedKey)));
      await (kept.length > 0 ? storage.setItem(endedKey, JSON.stringify(kept.slice(-maxEnded))) : storage.removeItem(endedKey));
    }).catch(() => undefined);

  const send = async (ended: Ended): Promise<void> => {
    sending.add(ended.refreshToken);
    for (let attempt = 1; ; attempt++) {
      try {
        await logOut(auth(), ended);
        break;
      } catch (e) {
        if (isRefusal(e)) {
          break;
        }
        await pause(Math.max(fullJitter(attempt, 500, 60_000), faultOf(e).retryAfterMs ?? 0));
      }
    }
    sending.delete(ended.refreshToken);
    await change((kept) => kept.filter((e) => e.refreshToken !== ended.refreshToken));
  };

  return {
    /** Ends a session on the server. Resolves when that is done. */
    begin: ({ accessToken, refreshToken, expiresAt }: Tokens, allDevices: boolean): Promise<void> => {
      const ended = { accessToken, refreshToken, expiresAt, allDevices };
      void change((kept) => [...kept, ended]);
      return send(ended);
    },
    /** Continues with the sessions that the previous run of the program has left. */
    resume: async (): Promise<void> => {
      try {
        const left = parse(await storage.getItem(endedKey));
        left.filter(({ refreshToken }) => !sending.has(refreshToken)).forEach((ended) => void send(ended));
      } catch {
        // The next run retries.
      }
    },
  };
}

/** Ends a session on the server with its token, or with one that is renewed for this. */
async function logOut(auth: AuthClient, { accessToken, refreshToken, expiresAt, allDevices }: Ended): Promise<void> {
  const by = (token: string) => auth.logout({ allDevices }, { headers: { Authorization: `Bearer ${token}` }, timeoutMs: callMs });
  if (Date.now() < expiresAt) {
    try {
      await by(accessToken);
      return;
    } catch (e) {
      if (!isRefusal(e)) {
        throw e;
      }
    }
  }
  await by((await refresh(auth, refreshToken)).accessToken);
}

/** Waits, without keeping a Node process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (setTimeout(resolve, ms) as { unref?(): void }).unref?.());
}

function parse(text: string | null): Ended[] {
  try {
    const kept: unknown = JSON.parse(text ?? "");
    return Array.isArray(kept) ? (kept as Ended[]) : [];
  } catch {
    return [];
  }
}
