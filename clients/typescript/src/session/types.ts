import type { Fault } from "../errors.js";

/** The state of the session. */
export type SessionState =
  /** The storage has not been read yet. */
  | { readonly status: "unknown" }
  /** Nobody is signed in. `fault` is why the session ended, unless this program ended it. */
  | { readonly status: "signed_out"; readonly fault?: Fault }
  | { readonly status: "signed_in"; readonly userId: string; readonly permissions: readonly string[] };
