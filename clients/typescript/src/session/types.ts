import type { Fault } from "../errors.js";

/** Whether somebody is signed in. */
export type SessionState =
  /** The storage was not read yet. */
  | { readonly status: "unknown" }
  /** Nobody is. `fault` is why a session ended that this program did not end itself. */
  | { readonly status: "signed_out"; readonly fault?: Fault }
  | { readonly status: "signed_in"; readonly userId: string; readonly permissions: readonly string[] };
