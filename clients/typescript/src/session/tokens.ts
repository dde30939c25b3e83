import { Code } from "@connectrpc/connect";
import type { Client as ServiceClient } from "@connectrpc/connect";
import { faultOf, isNamed, isTransient, localError, wordsFor } from "../errors.js";
import type { Fault, Language } from "../errors.js";
import { AuthService } from "../gen/dongbaejul/v1/auth_pb.js";
import type { CompleteBandLoginResponse, RefreshTokenResponse } from "../gen/dongbaejul/v1/auth_pb.js";
import type { Lifecycle } from "../lifecycle.js";
import { exclusive } from "../locks.js";
import { cell } from "../state/observable.js";
import { atOnce } from "../storage.js";
import type { KeyValueStorage } from "../storage.js";
import { fullJitter, sleep } from "../timers.js";
import type { SessionState } from "./types.js";

/** The stored state of a session. */
export interface Tokens {
  readonly userId: string;
  readonly permissions: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When to renew the access token, and when it expires, in milliseconds as of Date.now. */
  readonly renewAt: number;
  readonly expiresAt: number;
  /** When the session started, and how often its tokens were renewed since. */
  readonly begunAt: number;
  readonly renewals: number;
}

const tokensKey = "dongbaejul.session";

/** How long another tab may take to renew the tokens. */
const lockMs = 10_000;
/** The longest pause in a refresh: the server repeats a lost answer at any time, so the next call can ask for it. */
const maxPauseMs = 20_000;

/** The timeout of the session's own calls. */
export const callMs = 10_000;

export type AuthClient = ServiceClient<typeof AuthService>;

export interface Config {
  readonly storage: KeyValueStorage;
  readonly language: () => Language;
  readonly lifecycle: Lifecycle | undefined;
  /** The service; asked for when it is needed, since its calls are signed by these tokens. */
  readonly auth: () => AuthClient;
}

/**
 * Keeps the tokens of the signed-in user. Memory is authoritative: if the storage fails, the write is retried until it holds the
 * same, and no call fails for it. Of two sessions the one started later wins, and of one session the tokens renewed last.
 */
export function createTokenKeeper({ storage, language, lifecycle, auth }: Config, forget: (tokens: Tokens) => unknown) {
  const state = cell<SessionState>({ status: "unknown" });
  let tokens: Tokens | undefined;
  /** When the session in memory, or the last one there, was started; -1 before the storage is read. */
  let epoch = -1;
  /** The last known content of the storage. */
  let saved: Tokens | undefined;
  let isWatched = false;
  let renewing: Promise<void> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** The number of consecutive failures of the storage. */
  let failures = 0;

  const hold = (next: Tokens | undefined, fault?: Fault): void => {
    tokens = next;
    epoch = next?.begunAt ?? epoch;
    const was = state.getSnapshot();
    if (next === undefined) {
      if (was.status !== "signed_out") {
        state.set({ status: "signed_out", ...(fault && { fault }) });
      }
    } else if (was.status !== "signed_in" || was.userId !== next.userId || String(was.permissions) !== String(next.permissions)) {
      state.set({ status: "signed_in", userId: next.userId, permissions: next.permissions });
    }
  };

  /** Reports whether the stored session wins over that in memory. */
  const isNewer = (stored: Tokens | undefined): boolean => {
    if (stored === undefined || tokens === undefined) {
      // A session that is no longer stored has ended in another tab.
      return stored === undefined ? tokens === undefined || saved?.begunAt === epoch : stored.begunAt > epoch;
    }
    const ahead = stored.begunAt - epoch || stored.renewals - tokens.renewals;
    return ahead > 0 || (ahead === 0 && stored.refreshToken !== tokens.refreshToken);
  };

  /** Syncs memory and storage: takes what another tab has stored, or writes what is newer here. */
  const sync = () => exclusive(storage, `${tokensKey}.sync`, lockMs, () => atOnce(merge()));
  function* merge(): Generator<unknown, void, string | null> {
    do {
      const stored = parseTokens(yield storage.getItem(tokensKey));
      const next = tokens;
      if (isNewer(stored)) {
        hold((saved = stored));
      } else if (next === undefined) {
        yield storage.removeItem(tokensKey);
        if (stored !== undefined && stored.begunAt !== left) {
          forget(stored);
        }
        saved = undefined;
      } else {
        if (stored?.refreshToken !== next.refreshToken) {
          yield storage.setItem(tokensKey, JSON.stringify(next));
        }
        saved = next;
      }
    } while (saved !== tokens);
  }
  /** When the session that was last ended here was started. */
  let left = -1;

  /** Syncs, and retries later if that fails. */
  const agree = async (): Promise<void> => {
    clearTimeout(retry);
    try {
      await sync();
      failures = 0;
    } catch (e) {
      clearTimeout(retry);
      retry = setTimeout(settle, fullJitter(++failures, 500, 30_000));
      throw e;
    }
  };
  const settle = () => agree().catch(() => undefined);

  /** Reads the storage, once. Rejects while it cannot be read; reading is retried. */
  const load = async (): Promise<void> => {
    if (!isWatched) {
      isWatched = true;
      lifecycle?.onForeground(settle);
      lifecycle?.onStorage?.(settle);
    }
    if (epoch < 0 && state.getSnapshot().status === "unknown") {
      await agree();
    }
  };

  /** Ends the session here, at once, and returns its tokens. If they are only in the storage, `forget` is called with them. */
  const end = async (fault?: Fault): Promise<Tokens | undefined> => {
    const ended = tokens;
    if (epoch < 0) {
      // Any stored session was started before.
      epoch = Date.now();
    }
    left = ended?.begunAt ?? left;
    hold(undefined, fault);
    await settle();
    return ended;
  };

  /** Exchanges the refresh token, in one tab at a time. If the answer is lost, it is requested again, since the server repeats it. */
  const exchange = async (stale: Tokens): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      let traded: Tokens | undefined;
      try {
        await agree().catch((e: unknown) => {
          // Without the storage, another tab may have used this token already, and using it again ends the session.
          if (lifecycle?.onStorage) {
            throw localError(Code.Unavailable, "STORAGE_UNAVAILABLE", wordsFor("unavailable", language()), e);
          }
        });
        traded = tokens;
        if (traded?.refreshToken !== stale.refreshToken) {
          return;
        }
        const answer = await refresh(auth(), traded.refreshToken);
        // Otherwise somebody has signed out or in since.
        if (tokens === traded) {
          hold({ ...traded, ...lifetime(answer), renewals: traded.renewals + 1 });
          await settle();
        }
        return;
      } catch (e) {
        const fault = faultOf(e, language());
        if (isRefusal(e)) {
          await settle();
          if (tokens === traded) {
            await end(fault);
          }
          return;
        }
        const delay = fault.retryAfterMs ?? fullJitter(attempt, 500, 2_000);
        if (attempt === 3 || !isTransient(fault) || delay > maxPauseMs) {
          throw e;
        }
        await sleep(delay).over;
      }
    }
  };

  /** Returns newer tokens of the same user: one exchange for all callers. Undefined if that user is no longer signed in. */
  const renew = async (stale: Tokens): Promise<Tokens | undefined> => {
    // Not the access token: one created again in the same second is equal.
    if (tokens?.refreshToken === stale.refreshToken) {
      await (renewing ??= exclusive(storage, tokensKey, lockMs, () => exchange(stale)).finally(() => (renewing = undefined)));
    }
    return tokens?.userId === stale.userId ? tokens : undefined;
  };

  return {
    state,
    load,
    renew,
    end,
    /** Ends the session whose tokens the server has refused. */
    refused: async (used: Tokens, fault: Fault): Promise<void> => {
      if (tokens?.begunAt === used.begunAt) {
        await end(fault);
      }
    },
    /** Returns valid tokens, or undefined if nobody, or somebody else, is signed in. */
    current: async (): Promise<Tokens | undefined> => {
      await load();
      const now = tokens;
      if (now === undefined || Date.now() < now.renewAt) {
        return now;
      }
      try {
        return await renew(now);
      } catch (e) {
        if (Date.now() < now.expiresAt && tokens === now) {
          return now;
        }
        throw e;
      }
    },
    begin: async (answer: CompleteBandLoginResponse): Promise<void> => {
      await load().then(settle, () => undefined);
      const begunAt = Math.max(Date.now(), epoch + 1);
      hold({ userId: answer.user?.id ?? "", permissions: answer.permissions, begunAt, renewals: 0, ...lifetime(answer) });
      await settle();
    },
  };
}

export function lifetime(answer: { accessToken: string; refreshToken: string; expiresIn: number }) {
  const now = Date.now();
  const ms = answer.expiresIn * 1000;
  return {
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken,
    // Early enough that no call is in flight when it expires.
    renewAt: now + ms - Math.min(30_000, ms / 10),
    expiresAt: now + ms,
  };
}

/** Parses tokens; returns undefined if the text has none. */
function parseTokens(text: string | null): Tokens | undefined {
  try {
    const t = JSON.parse(text ?? "") as Partial<Tokens> | null;
    const whole = [t?.userId, t?.accessToken, t?.refreshToken].every((text) => typeof text === "string") && Array.isArray(t?.permissions);
    return whole ? ({ begunAt: 0, renewals: 0, ...t } as Tokens) : undefined;
  } catch {
    return undefined;
  }
}

/** Requests new tokens. */
export function refresh(auth: AuthClient, refreshToken: string): Promise<RefreshTokenResponse> {
  return auth.refreshToken({ refreshToken }, { timeoutMs: callMs });
}

/** Reports whether our server refuses a token. A proxy or a captive portal answers 401 and 403 too, and ends nothing. */
export function isRefusal(error: unknown): boolean {
  return isNamed(error) && ["unauthenticated", "denied"].includes(faultOf(error).kind);
}
