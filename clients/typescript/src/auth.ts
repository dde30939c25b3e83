import type { Fault } from "./fault.js";
import type { UserProfile } from "./gen/dongbaejul/v1/users_pb.js";
import type { Readable } from "./readable.js";

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
