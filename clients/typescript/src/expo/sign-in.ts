import type { Client, Fault, Readable } from "../index.js";
import type { ExpoModules } from "./modules.js";
import { createState } from "./state.js";

/** The state of a sign-in. */
export interface SignInState {
  readonly isSigningIn: boolean;
  /** Why the last one failed. Undefined if the user has only closed the browser. */
  readonly fault?: Fault;
}

export interface SignIn {
  readonly state: Readable<SignInState>;
  /** Opens Band's consent page and completes the sign-in. Never rejects: the state says why it failed. */
  signIn(): Promise<void>;
  /** Stops watching links. */
  stop(): void;
}

/**
 * Signs in by Naver Band in the system's browser. The answer comes by up to three ways, and completes the sign-in once: the
 * browser's session returns it; Android often reports the browser as closed and delivers the link a moment later; and if the
 * system has ended the app in the meantime, it is the link that the app is started with.
 */
export function createSignIn(
  { session, fault }: Pick<Client, "session" | "fault">,
  { webBrowser, linking, os }: Pick<ExpoModules, "webBrowser" | "linking" | "os">,
  redirectUri: string,
): SignIn {
  const state = createState<SignInState>({ isSigningIn: false });

  let running = 0;
  /** Runs a part of a sign-in; several may run at once. `mayBeOld`: the link may be of a sign-in that is over. */
  const attempt = async (f: () => Promise<unknown>, mayBeOld = false): Promise<void> => {
    running++;
    state.set({ isSigningIn: true });
    let failure: Fault | undefined;
    try {
      await f();
    } catch (e) {
      const reason = fault(e);
      failure = mayBeOld && reason.reason === "STATE_INVALID" ? undefined : reason;
    }
    running--;
    state.set({ isSigningIn: running > 0, ...(failure === undefined ? {} : { fault: failure }) });
  };

  const isAnswer = (url: string | null | undefined): url is string =>
    typeof url === "string" && url.startsWith(redirectUri) && /[?&](code|error)=/.test(url);

  const subscription = linking.addEventListener("url", ({ url }) => {
    if (isAnswer(url)) {
      void attempt(() => session.completeSignIn(url));
    }
  });

  /** Completes a sign-in that was started before the app was restarted. */
  const resume = async () => {
    const url = await linking.getInitialURL();
    // A reload starts with the same link.
    if (isAnswer(url) && (await session.ready()).status !== "signed_in") {
      await attempt(() => session.completeSignIn(url), true);
    }
  };
  resume().catch(() => undefined);

  return {
    state,
    signIn: () =>
      attempt(async () => {
        const { authUrl } = await session.startSignIn(redirectUri);
        if (os === "web") {
          // A window that is opened after a request is blocked, so the page itself goes there.
          location.assign(authUrl);
          return;
        }
        const { type, url } = await webBrowser.openAuthSessionAsync(authUrl, redirectUri);
        if (type === "success" && isAnswer(url)) {
          await session.completeSignIn(url);
        }
      }),
    stop: () => subscription.remove(),
  };
}
