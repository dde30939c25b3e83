import { Code, ConnectError, createContextKey, createContextValues } from "@connectrpc/connect";
import type { ContextValues, Interceptor, StreamRequest, StreamResponse, UnaryRequest } from "@connectrpc/connect";
import { faultOf, isTransient, localError, wordsFor } from "../errors.js";
import type { Language } from "../errors.js";
import { AuthService } from "../gen/dongbaejul/v1/auth_pb.js";
import type { CompleteBandLoginResponse } from "../gen/dongbaejul/v1/auth_pb.js";
import type { UserProfile } from "../gen/dongbaejul/v1/users_pb.js";
import type { Readable } from "../state/observable.js";
import { each, sleep } from "../timers.js";
import { createLogout } from "./signout.js";
import { createTokenKeeper } from "./tokens.js";
import type { Config, Tokens } from "./tokens.js";
import type { SessionState } from "./types.js";

/** A sign-in that was started. */
export interface SignInStart {
  /** Band's consent page, to be opened in a browser. */
  readonly authUrl: string;
  /** The session stores it to compare it later, since Band does not return it. */
  readonly state: string;
}

/** The user who has signed in. */
export interface SignedIn {
  readonly user: UserProfile;
  /** What the user's role allows, such as "posts.pin". */
  readonly permissions: readonly string[];
}

/**
 * The session of the signed-in user, over restarts and tabs. Every call of the client carries its token; an expired token is
 * renewed once for all calls, streams and tabs.
 */
export interface ClientSession {
  readonly state: Readable<SessionState>;
  /** Resolves with the state once the storage is read. */
  ready(): Promise<SessionState>;
  /**
   * Starts a sign-in that ends at `redirectUri`, such as "dongbaejul://auth". Its state is kept in the token storage, so that it
   * survives when a page leaves for Band.
   */
  startSignIn(redirectUri: string): Promise<SignInStart>;
  /**
   * Completes the last sign-in with the URL that Band has redirected to, or its code. The state is checked if it is given. Fails
   * with `denied` if the user has not agreed, or is not in the club's Band.
   */
  completeSignIn(answer: string | { readonly code: string; readonly state?: string }): Promise<SignedIn>;
  /**
   * Ends the session here at once, and on the server, which then stops pushing to this device. Resolves when the server knows, or
   * after 3 s: without a network, the server ends the session as soon as there is one, also after a restart.
   */
  signOut(options?: { readonly allDevices?: boolean }): Promise<void>;
  /** Returns a valid access token for code that calls the server directly, or undefined if nobody is signed in. */
  accessToken(): Promise<string | undefined>;
}

const signInKey = "dongbaejul.sign-in";
/** How long a sign-out waits for the server. */
const signOutMs = 3_000;

/** Creates the session, and the interceptor that signs calls with its token. */
export function createSession(config: Config): { session: ClientSession; interceptor: Interceptor } {
  const logout = createLogout(config);
  let everywhere = false;
  let loggedOut: Promise<void> | undefined;
  const forget = (tokens: Tokens) => (loggedOut = logout.begin(tokens, everywhere));
  const keeper = createTokenKeeper(config, forget);
  const session: ClientSession = {
    state: keeper.state,
    async ready() {
      await keeper.load();
      void logout.resume();
      return keeper.state.getSnapshot();
    },
    ...createSignIn(config, (answer) => keeper.begin(answer)),
    async signOut({ allDevices = false } = {}) {
      everywhere = allDevices;
      const { over, early } = sleep(signOutMs);
      void keeper.end().then((ended) => (ended ? forget(ended) : loggedOut)).then(early);
      await over;
    },
    accessToken: async () => (await keeper.current())?.accessToken,
  };
  return { session, interceptor: signing(keeper, config.language) };
}

/** The calls that need no token. */
const open: readonly string[] = [
  AuthService.method.startBandLogin.name,
  AuthService.method.completeBandLogin.name,
  AuthService.method.refreshToken.name,
];

/** The server's reasons for refusing a user whose token is valid. */
const barred: readonly string[] = ["USER_SUSPENDED", "USER_WITHDRAWN"];

/** The user that a call is made as. */
const callerKey = createContextKey("");

/** Returns the context of a call by one user: if that user is no longer signed in, the call is refused and not sent. */
export function callAs(userId: string): ContextValues {
  return createContextValues().set(callerKey, userId);
}

/** Adds the token to calls. A call that is refused because its token is no longer valid is sent once more with a new one. */
function signing(keeper: ReturnType<typeof createTokenKeeper>, language: () => Language): Interceptor {
  const sign = (req: UnaryRequest | StreamRequest, tokens: Tokens | undefined) => {
    if (tokens !== undefined) {
      req.header.set("Authorization", `Bearer ${tokens.accessToken}`);
    }
  };
  /** Runs f, and once more if its token is no longer valid and there is another. */
  const signed = async <T>(req: UnaryRequest | StreamRequest, userId: string, f: () => Promise<T>): Promise<T> => {
    const used = await keeper.current();
    if (userId !== "" && used?.userId !== userId) {
      throw localError(Code.Unauthenticated, "SESSION_ENDED", wordsFor("unauthenticated", language()));
    }
    sign(req, used);
    try {
      return await f();
    } catch (e) {
      const fault = faultOf(e, language());
      if (used !== undefined && barred.includes(fault.reason)) {
        await keeper.refused(used, fault);
      }
      if (used === undefined || fault.kind !== "unauthenticated" || req.signal.aborted) {
        throw e;
      }
      const renewed = await keeper.renew(used);
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
    const state = keeper.state.getSnapshot();
    const userId = req.contextValues.get(callerKey) || (state.status === "signed_in" ? state.userId : "");
    if (!req.stream) {
      return signed(req, userId, () => next(req));
    }
    // A stream's refusal comes in its body, so wait for the first message. The request is kept to send it again.
    const asked: unknown[] = [];
    for await (const message of req.message) {
      asked.push(message);
    }
    return signed(req, userId, async () => {
      const response = (await next({ ...req, message: each(asked) } as StreamRequest)) as StreamResponse;
      const messages = response.message[Symbol.asyncIterator]();
      const first = await messages.next();
      return { ...response, message: withFirst(first, messages) } as StreamResponse;
    });
  };
}

/** Yields what was read of an iterator, and then the rest of it. */
async function* withFirst<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; result.done !== true; result = await rest.next()) {
    yield result.value;
  }
}

function createSignIn({ storage, language, auth }: Config, begin: (answer: CompleteBandLoginResponse) => Promise<void>) {
  const failed = (reason: string, code = Code.InvalidArgument) => localError(code, reason, unfinished[language()]);
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
      // The same answer twice, as in React's strict mode, completes once.
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

/** Returns a parameter of a URL. React Native's own URL does not support that. */
function parameter(url: string, name: string): string | undefined {
  const [, value] = new RegExp(`[?&]${name}=([^&#]*)`).exec(url) ?? [];
  try {
    return value && decodeURIComponent(value.replace(/\+/g, " "));
  } catch {
    return undefined;
  }
}
