import type { ReasonsByCode as ByCode } from "./gen/dongbaejul/v1/reasons.js";

/**
 * The server's stable names for why something was refused, by the kind of the refusal: those of the enum ErrorReason in the
 * contract, which says what each means and what to do. A newer server may have others: the `reason` of a Fault is any string.
 */
export interface Reasons {
  invalid: ByCode["invalid_argument"];
  unauthenticated: ByCode["unauthenticated"];
  denied: ByCode["permission_denied"];
  not_found: ByCode["not_found"];
  exists: ByCode["already_exists"];
  precondition: ByCode["failed_precondition"];
  aborted: ByCode["aborted"];
  exhausted: ByCode["resource_exhausted"];
  unavailable: ByCode["unavailable"];
  unimplemented: ByCode["unimplemented"];
  internal: ByCode["internal"];
}
