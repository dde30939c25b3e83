import type { Client as ServiceClient } from "@connectrpc/connect";
import { faultOf, isNamed, isTransient } from "../errors.js";
import type { Fault, Language } from "../errors.js";
import { AuthService } from "../gen/dongbaejul/v1/auth_pb.js";
import type { CompleteBandLoginResponse, RefreshTokenResponse } from "../gen/dongbaejul/v1/auth_pb.js";
import type { Lifecycle } from "../lifecycle.js";
import { exclusive } from "../locks.js";
import { cell } from "../state/observable.js";
import type { KeyValueStorage } from "../storage.js";
import { fullJitter, sleep } from "../timers.js";
import type { SessionState } from "./types.js";

/** What is kept of a session. */
export interface Tokens {
  readonly userId: string;
  readonly permissions: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When to renew the access token, and when it is over, as Date.now counts. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

const tokensKey = "dongbaejul.session";

/** How long another tab may take to renew the tokens. */
const patienceMs = 10_000;
/** The longest pause in a refresh: the server repeats a lost answer however late, so the next call can ask for it. */
const maxPauseMs = 20_000;

export type AuthClient = ServiceClient<typeof AuthService>;

export interface Config {
  readonly storage: KeyValueStorage;
  readonly language: Language;
  readonly lifecycle: Lifecycle | undefined;
  /** The service; asked for when it is needed, since its calls are signed by these tokens. */
  readonly auth: () => AuthClient;
}

/**
 * Keeps the tokens of the user who is signed in. Memory counts: a storage that fails is written again until it holds what memory
 * does, and no call fails for it.
 */
export function createTokenKeeper({ storage, language, lifecycle, auth }: Config) {
  const state = cell<SessionState>({ status: "unknown" });
  let tokens: Tokens | undefined;
  /** What the storage holds, as far as is known. It is the same object as tokens once these are written. */
  let saved: Tokens | undefined;
  let loading: Promise<void> | undefined;
  let writing: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;
  /** How often the storage has failed in a row. */
  let failures = 0;

  const later = (f: () => unknown) => void sleep(fullJitter(++failures, 500, 30_000)).over.then(f);
  const read = async () => parseTokens(await storage.getItem(tokensKey));

  const hold = (next: Tokens | undefined, fault?: Fault): void => {
    tokens = next;
    const was = state.getSnapshot();
    if (next === undefined) {
      if (was.status !== "signed_out") {
        state.set({ status: "signed_out", ...(fault && { fault }) });
      }
    } else if (was.status !== "signed_in" || was.userId !== next.userId || String(was.permissions) !== String(next.permissions)) {
      state.set({ status: "signed_in", userId: next.userId, permissions: next.permissions });
    }
  };

  const adopt = (stored: Tokens | undefined): void => {
    if (stored?.refreshToken !== tokens?.refreshToken) {
      hold((saved = stored));
    }
  };

  /** Reads the storage once. Fails while it cannot be read; it is read again until it can. */
  const load = () =>
    (loading ??= read().then(
      (stored) => {
        if (state.getSnapshot().status === "unknown") {
          hold((saved = stored));
        }
      },
      (e: unknown) => {
        loading = undefined;
        later(tryLoad);
        throw e;
      },
    ));
  const tryLoad = () => load().catch(() => undefined);

  /** Follows what another tab has stored: it has signed out or in, or has renewed the tokens. */
  const look = async (): Promise<void> => {
    const was = tokens;
    if (saved === was) {
      const stored = await read().catch(() => was);
      if (tokens === was && saved === was) {
        adopt(stored);
      }
    }
  };

  const write = async (): Promise<void> => {
    while (saved !== tokens) {
      const next = tokens;
      const stored = await read();
      if (stored?.refreshToken !== saved?.refreshToken && (next !== undefined || stored?.userId !== saved?.userId)) {
        // Another tab was first.
        return adopt(stored);
      }
      await (next === undefined ? storage.removeItem(tokensKey) : storage.setItem(tokensKey, JSON.stringify(next)));
      saved = next;
    }
    failures = 0;
  };
  /** Writes what is in memory. Resolves after the first try, and never rejects: what fails is tried again. */
  const save = (): Promise<void> => (writing ??= write().catch(() => later(save)).finally(() => (writing = undefined)));

  /** Ends the session here, at once, and returns the tokens it had. */
  const end = async (fault?: Fault): Promise<Tokens | undefined> => {
    const ended = tokens;
    hold(undefined, fault);
    await save();
    return ended;
  };

  /** Trades the refresh token, in one tab at a time. */
  const exchange = async (stale: Tokens): Promise<void> => {
    await save();
    await look();
    const traded = tokens;
    if (traded?.refreshToken !== stale.refreshToken) {
      return;
    }
    try {
      const answer = await refresh(auth(), traded.refreshToken);
      // Otherwise somebody has signed out or in meanwhile.
      if (tokens === traded) {
        hold({ ...traded, ...lifetime(answer) });
        await save();
      }
    } catch (e) {
      const fault = faultOf(e, language);
      // A proxy or a captive portal answers 401 and 403 too, and ends nothing.
      if (!isNamed(e) || (fault.kind !== "unauthenticated" && fault.kind !== "denied")) {
        throw e;
      }
      await look();
      if (tokens === traded) {
        await end(fault);
      }
    }
  };

  /** Returns newer tokens of the same user: one exchange for all callers. Undefined if that user is no longer signed in. */
  const renew = async (stale: Tokens): Promise<Tokens | undefined> => {
    // Not by the access token: one made again in the same second is the same.
    if (tokens?.refreshToken === stale.refreshToken) {
      await (renewing ??= exclusive(storage, tokensKey, patienceMs, () => exchange(stale)).finally(() => (renewing = undefined)));
    }
    return tokens?.userId === stale.userId ? tokens : undefined;
  };

  const changed = () => void (loading ? look() : state.getSnapshot().status === "unknown" && tryLoad());
  lifecycle?.onForeground(changed);
  lifecycle?.onStorage?.(changed);

  return {
    state,
    load,
    renew,
    end,
    /** Returns tokens that are valid now; undefined if nobody is signed in, or somebody else is by now. */
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
      await tryLoad();
      hold({ userId: answer.user?.id ?? "", permissions: answer.permissions, ...lifetime(answer) });
      saved = await read().catch(() => saved);
      await save();
    },
  };
}

export function lifetime(answer: { accessToken: string; refreshToken: string; expiresIn: number }) {
  const now = Date.now();
  const ms = answer.expiresIn * 1000;
  return {
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken,
    // Early enough that no call is on its way when it expires.
    renewAt: now + ms - Math.min(30_000, ms / 10),
    expiresAt: now + ms,
  };
}

/** Reads tokens; undefined for a text that holds none. */
function parseTokens(text: string | null): Tokens | undefined {
  try {
    const t = JSON.parse(text ?? "") as Partial<Tokens> | null;
    const whole = [t?.userId, t?.accessToken, t?.refreshToken].every((text) => typeof text === "string") && Array.isArray(t?.permissions);
    return whole ? (t as Tokens) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks for new tokens. A lost answer is asked for again at once, since the server repeats it. */
export async function refresh(auth: AuthClient, refreshToken: string): Promise<RefreshTokenResponse> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await auth.refreshToken({ refreshToken }, { timeoutMs: 10_000 });
    } catch (e) {
      const fault = faultOf(e);
      const delay = fault.retryAfterMs ?? fullJitter(attempt, 500, 2_000);
      if (attempt === 3 || !isTransient(fault) || delay > maxPauseMs) {
        throw e;
      }
      await sleep(delay).over;
    }
  }
}
