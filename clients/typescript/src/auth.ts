import { Code, ConnectError } from "@connectrpc/connect";
import type { Client as ServiceClient, Interceptor, StreamRequest, StreamResponse, UnaryRequest } from "@connectrpc/connect";
import { exclusive } from "./exclusive.js";
import { faultOf, isTransient, localError } from "./fault.js";
import type { Fault, Language } from "./fault.js";
import { AuthService } from "./gen/dongbaejul/v1/auth_pb.js";
import type { CompleteBandLoginResponse, RefreshTokenResponse } from "./gen/dongbaejul/v1/auth_pb.js";
import type { UserProfile } from "./gen/dongbaejul/v1/users_pb.js";
import { cell } from "./readable.js";
import type { Readable } from "./readable.js";
import type { KeyValueStorage } from "./storage.js";
import { fullJitter, sleep } from "./wait.js";

/** Whether somebody is signed in. */
export type SessionState =
  /** The storage was not read yet. */
  | { readonly status: "unknown" }
  /** Nobody is. `fault` is why a session ended that this program did not end itself. */
  | { readonly status: "signed_out"; readonly fault?: Fault }
  | { readonly status: "signed_in"; readonly userId: string; readonly permissions: readonly string[] };

/** A sign-in that was begun. */
export interface SignInStart {
  /** Band's consent page, to be opened in a browser. */
  readonly authUrl: string;
  /** Kept by the session, and to be compared: Band does not return it. */
  readonly state: string;
}

/** Who has signed in. */
export interface SignedIn {
  readonly user: UserProfile;
  /** What the user's role allows, such as "posts.pin". */
  readonly permissions: readonly string[];
}

/**
 * Who is signed in, over restarts and tabs. Every call of the client carries its token; one that has expired is renewed once for
 * all calls, streams and tabs.
 */
export interface ClientSession {
  readonly state: Readable<SessionState>;
  /** Resolves with the state once the storage is read. */
  ready(): Promise<SessionState>;
  /**
   * Begins a sign-in that ends at `redirectUri`, such as "dongbaejul://auth". What completes it is kept in the token storage, so
   * that it outlives a page's leaving for Band.
   */
  startSignIn(redirectUri: string): Promise<SignInStart>;
  /**
   * Ends the sign-in begun last: takes the URL that Band has redirected to, or its code. The state is checked where it is given.
   * Fails with `denied` where the person has not agreed, or is not in the club's Band.
   */
  completeSignIn(answer: string | { readonly code: string; readonly state?: string }): Promise<SignedIn>;
  /** Ends the session here, and on the server, where that can be reached. */
  signOut(options?: { readonly allDevices?: boolean }): Promise<void>;
  /** A token that is good for now, for what calls the server by itself; undefined where nobody is signed in. */
  accessToken(): Promise<string | undefined>;
}

/** What is kept of a session. */
interface Tokens {
  readonly userId: string;
  readonly permissions: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When to renew the access token, and when it is over, as Date.now counts. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

const tokensKey = "dongbaejul.session";
const signInKey = "dongbaejul.sign-in";

/** How long another tab may take to renew the tokens. */
const patienceMs = 10_000;
/** The longest pause in a refresh: the server repeats a lost answer however late, so the next call can ask for it. */
const maxPauseMs = 20_000;

type AuthClient = ServiceClient<typeof AuthService>;

interface Config {
  readonly storage: KeyValueStorage;
  readonly language: Language;
  /** The service; asked for when it is needed, since its calls go by what this makes. */
  readonly auth: () => AuthClient;
}

/** Makes the session, and the interceptor that signs calls by it. */
export function createSession(config: Config): { session: ClientSession; interceptor: Interceptor } {
  const keeper = createKeeper(config);
  const { state, ready, current, end, begin } = keeper;
  const signIn = createSignIn(config, begin);
  const session: ClientSession = {
    state,
    ready,
    ...signIn,
    async signOut(options) {
      // The token must be good for the call that ends the session.
      const token = await current().catch(() => undefined);
      await end(undefined);
      if (token !== undefined) {
        const headers = { Authorization: `Bearer ${token.accessToken}` };
        const { allDevices = false } = options ?? {};
        // Where the server is not reached the session ends by itself.
        await config
          .auth()
          .logout({ allDevices }, { headers })
          .catch(() => undefined);
      }
    },
    accessToken: async () => (await current())?.accessToken,
  };
  return { session, interceptor: signing(keeper, config.language) };
}

/** Keeps the tokens. */
function createKeeper({ storage, language, auth }: Config) {
  const state = cell<SessionState>({ status: "unknown" });
  let tokens: Tokens | undefined;
  let loading: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;

  const hold = (next: Tokens | undefined, fault?: Fault): void => {
    tokens = next;
    const was = state.getSnapshot();
    if (next === undefined) {
      if (was.status !== "signed_out") {
        state.set({ status: "signed_out", ...(fault === undefined ? {} : { fault }) });
      }
    } else if (was.status !== "signed_in" || was.userId !== next.userId || String(was.permissions) !== String(next.permissions)) {
      state.set({ status: "signed_in", userId: next.userId, permissions: next.permissions });
    }
  };
  const read = async () => parseTokens(await storage.getItem(tokensKey));
  const write = async (next: Tokens): Promise<void> => {
    hold(next);
    await storage.setItem(tokensKey, JSON.stringify(next));
  };
  /** Reads the storage, once it can be read. */
  const load = () =>
    (loading ??= read().then(hold, (e: unknown) => {
      loading = undefined;
      throw e;
    }));
  const end = async (fault: Fault | undefined): Promise<void> => {
    hold(undefined, fault);
    await storage.removeItem(tokensKey);
  };

  /** Trades the refresh token, in this tab only at a time. */
  const exchange = async (stale: Tokens): Promise<void> => {
    const stored = await read();
    if (stored?.refreshToken !== stale.refreshToken) {
      // Another tab has signed out, or was first.
      return hold(stored);
    }
    try {
      const answer = await refresh(auth(), stored.refreshToken);
      // Else somebody has signed out or in meanwhile.
      if (tokens?.refreshToken === stored.refreshToken) {
        await write({ ...stored, ...lifetime(answer) });
      }
    } catch (e) {
      const fault = faultOf(e, language);
      if (fault.kind !== "unauthenticated" && fault.kind !== "denied") {
        throw e;
      }
      const now = await read();
      if (now !== undefined && now.refreshToken !== stored.refreshToken) {
        return hold(now);
      }
      await end(fault);
    }
  };

  /** Gives newer tokens of the same user: one exchange for everybody who asks. Undefined when that user is signed in no more. */
  const renew = async (stale: Tokens): Promise<Tokens | undefined> => {
    // Not by the access token: one made anew in the same second is the same.
    if (tokens?.refreshToken === stale.refreshToken) {
      await (renewing ??= exclusive(storage, tokensKey, patienceMs, () => exchange(stale)).finally(() => (renewing = undefined)));
    }
    return tokens?.userId === stale.userId ? tokens : undefined;
  };

  return {
    state,
    renew,
    end,
    ready: async () => {
      await load();
      return state.getSnapshot();
    },
    /** Gives tokens that are good for now; undefined where nobody is signed in, or somebody else is by now. */
    current: async (): Promise<Tokens | undefined> => {
      await load();
      const now = tokens;
      if (now === undefined || Date.now() < now.renewAt) {
        return now;
      }
      try {
        return await renew(now);
      } catch (e) {
        if (Date.now() < now.expiresAt) {
          return now;
        }
        throw e;
      }
    },
    begin: async (answer: CompleteBandLoginResponse): Promise<void> => {
      await load().catch(() => undefined);
      await write({ userId: answer.user?.id ?? "", permissions: answer.permissions, ...lifetime(answer) });
    },
  };
}

function lifetime(answer: { accessToken: string; refreshToken: string; expiresIn: number }) {
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

/** What is no session of ours is none. */
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
async function refresh(auth: AuthClient, refreshToken: string): Promise<RefreshTokenResponse> {
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

/** The calls that come before there is a token. */
const open: readonly string[] = [
  AuthService.method.startBandLogin.name,
  AuthService.method.completeBandLogin.name,
  AuthService.method.refreshToken.name,
];

/** The server's reasons for letting somebody in no longer, though their token is good. */
const shutOut: readonly string[] = ["USER_SUSPENDED", "USER_WITHDRAWN"];

/** Signs calls. One that is refused since its token is no longer good is sent once more, with a new one. */
function signing({ current, renew, end }: ReturnType<typeof createKeeper>, language: Language): Interceptor {
  const sign = (req: UnaryRequest | StreamRequest, tokens: Tokens | undefined) => {
    if (tokens !== undefined) {
      req.header.set("Authorization", `Bearer ${tokens.accessToken}`);
    }
  };
  /** Runs f, and once more where its token is no longer good and there is another. */
  const signed = async <T>(req: UnaryRequest | StreamRequest, f: () => Promise<T>): Promise<T> => {
    const used = await current();
    sign(req, used);
    try {
      return await f();
    } catch (e) {
      const fault = faultOf(e, language);
      if (used !== undefined && shutOut.includes(fault.reason)) {
        await end(fault);
      }
      if (used === undefined || fault.kind !== "unauthenticated" || req.signal.aborted) {
        throw e;
      }
      const renewed = await renew(used);
      if (renewed === undefined || req.signal.aborted) {
        throw e;
      }
      sign(req, renewed);
      return await f();
    }
  };
  return (next) => async (req) => {
    const alone = req.service.typeName === AuthService.typeName && open.includes(req.method.name);
    if (alone || req.header.has("Authorization")) {
      return next(req);
    }
    if (!req.stream) {
      return signed(req, () => next(req));
    }
    // What a stream is refused for comes in its body, so its first message is waited for. What it is asked is kept, to ask again.
    const asked: unknown[] = [];
    for await (const message of req.message) {
      asked.push(message);
    }
    return signed(req, async () => {
      const response = (await next({ ...req, message: each(asked) } as StreamRequest)) as StreamResponse;
      const messages = response.message[Symbol.asyncIterator]();
      const first = await messages.next();
      return { ...response, message: following(first, messages) } as StreamResponse;
    });
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function* following<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; result.done !== true; result = await rest.next()) {
    yield result.value;
  }
}

function createSignIn({ storage, language, auth }: Config, begin: (answer: CompleteBandLoginResponse) => Promise<void>) {
  const failed = (reason: string, code = Code.InvalidArgument) => localError(code, reason, unfinished[language]);
  let completing: { code: string; answer: Promise<SignedIn> } | undefined;

  const complete = async (code: string, state: string | undefined): Promise<SignedIn> => {
    const kept = await storage.getItem(signInKey);
    if (kept === null || (state !== undefined && state !== kept)) {
      throw failed("STATE_INVALID");
    }
    let answer: CompleteBandLoginResponse;
    try {
      answer = await auth().completeBandLogin({ code, state: kept }, { timeoutMs: 30_000 });
    } catch (e) {
      if (!isTransient(faultOf(e))) {
        await storage.removeItem(signInKey);
      }
      throw e;
    }
    await begin(answer);
    await storage.removeItem(signInKey);
    if (answer.user === undefined) {
      throw new ConnectError("no user id", Code.Internal);
    }
    return { user: answer.user, permissions: answer.permissions };
  };

  return {
    async startSignIn(redirectUri: string): Promise<SignInStart> {
      const { authUrl, state } = await auth().startBandLogin({ redirectUri });
      await storage.setItem(signInKey, state);
      return { authUrl, state };
    },
    async completeSignIn(given: string | { readonly code: string; readonly state?: string }): Promise<SignedIn> {
      const of = (name: "code" | "state") => (typeof given === "string" ? parameter(given, name) : given[name]);
      const code = of("code");
      if (!code) {
        const refused = typeof given === "string" && parameter(given, "error");
        throw refused ? failed("SIGN_IN_REFUSED", Code.PermissionDenied) : failed("CODE_INVALID");
      }
      // The same answer given twice, as by React's strict mode, completes once.
      if (completing?.code !== code) {
        const answer = complete(code, of("state"));
        completing = { code, answer };
        answer.catch(() => (completing = undefined));
      }
      return completing.answer;
    },
  };
}

const unfinished = {
  ko: "로그인을 마치지 못했어요. 다시 로그인해 주세요.",
  en: "The sign-in was not completed. Please sign in again.",
};

/** Reads a parameter of a URL. React Native's own URL cannot. */
function parameter(url: string, name: string): string | undefined {
  const [, value] = new RegExp(`[?&]${name}=([^&#]*)`).exec(url) ?? [];
  try {
    return value && decodeURIComponent(value.replace(/\+/g, " "));
  } catch {
    return undefined;
  }
}
