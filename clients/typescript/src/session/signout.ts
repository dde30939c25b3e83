import { faultOf } from "../errors.js";
import { exclusive } from "../locks.js";
import { fullJitter } from "../timers.js";
import { callMs, isRefusal, refresh } from "./tokens.js";
import type { AuthClient, Config, Tokens } from "./tokens.js";

/** A session that has ended here, and on the server as soon as that is told. */
type Ended = Pick<Tokens, "accessToken" | "refreshToken" | "expiresAt"> & { readonly allDevices: boolean };

const endedKey = "dongbaejul.signed-out";
/** How many are kept: each of them has ended without a network. */
const maxEnded = 3;
const patienceMs = 10_000;

/** Tells the server of sessions that have ended here, until it answers, over restarts: it pushes to their devices until then. */
export function createLogout({ storage, auth }: Config) {
  const telling = new Set<string>();

  const change = (f: (kept: Ended[]) => Ended[]) =>
    exclusive(storage, endedKey, patienceMs, async () => {
      const kept = f(parse(await storage.getItem(endedKey)));
      await (kept.length > 0 ? storage.setItem(endedKey, JSON.stringify(kept.slice(-maxEnded))) : storage.removeItem(endedKey));
    }).catch(() => undefined);

  const tell = async (ended: Ended): Promise<void> => {
    telling.add(ended.refreshToken);
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
    telling.delete(ended.refreshToken);
    await change((kept) => kept.filter((e) => e.refreshToken !== ended.refreshToken));
  };

  return {
    /** Resolves when the server knows. */
    tell: ({ accessToken, refreshToken, expiresAt }: Tokens, allDevices: boolean): Promise<void> => {
      const ended = { accessToken, refreshToken, expiresAt, allDevices };
      void change((kept) => [...kept, ended]);
      return tell(ended);
    },
    /** Goes on with those that were left the last time. */
    resume: async (): Promise<void> => {
      try {
        const left = parse(await storage.getItem(endedKey));
        left.filter(({ refreshToken }) => !telling.has(refreshToken)).forEach((ended) => void tell(ended));
      } catch {
        // The next time.
      }
    },
  };
}

/** Ends a session on the server by the token it has, or by one that is renewed for this. */
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

/** Waits, and keeps no program running for that. */
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
