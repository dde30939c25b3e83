import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { GameSchema } from "./gen/dongbaejul/v1/games_pb.js";
import type { Game } from "./gen/dongbaejul/v1/games_pb.js";
import type { ReasonsByCode as ByCode } from "./gen/dongbaejul/v1/reasons.js";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/**
 * The server's stable reasons for refusals, by the kind of the error: those of the enum ErrorReason in the contract, which
 * documents each. A newer server may have others, so the `reason` of a Fault is any string.
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

/** Any of the server's reasons, such as "GAME_FULL". */
export type Reason = Reasons[keyof Reasons];

/** The languages the server speaks. */
export type Language = "ko" | "en";

/** What is wrong with one field of a request. */
export interface FieldViolation {
  /** As the contract calls it, such as "attachments[2].file_id". */
  readonly field: string;
  /** The stable name of the rule that was broken, such as "string.max_len". */
  readonly rule: string;
  /** In the user's language. */
  readonly message: string;
}

/** The fields of every fault. */
interface FaultBase {
  /** One sentence for the user, in their language. */
  readonly message: string;
  /** How long to wait before a retry, in milliseconds; undefined if that is not known. */
  readonly retryAfterMs: number | undefined;
  /** The id of the request in the server's log; undefined if it never reached the server. */
  readonly requestId: string | undefined;
  /** Details for programs, such as `game_id` of the conflicting game, or `temp_id` of the message that an error is about. */
  readonly metadata: Readonly<Record<string, string>>;
}

type OneOf<Kind extends keyof Reasons> = FaultBase & {
  readonly kind: Kind;
  /** The server's stable reason: one of those listed, or a newer one. */
  readonly reason: Reasons[Kind] | (string & {});
};

/**
 * Why a call failed, as a union to switch over by `kind`:
 *
 * - `invalid`: the request is wrong whatever the state of the server; `fields` says where.
 * - `unauthenticated`: nobody is signed in, or the session has ended.
 * - `denied`: the user may not do this.
 * - `not_found`: the thing is not there, or not for this user.
 * - `exists`: something else has this key already.
 * - `precondition`: the state does not allow it, such as GAME_FULL.
 * - `aborted`: somebody else was first; `game` is the current game, if it is about one.
 * - `exhausted`: a limit is used up.
 * - `unavailable`: the server, or a part of it, is unavailable for now.
 * - `unimplemented`: this server does not do it.
 * - `internal`: a bug of the server; show the user `requestId`.
 * - `offline`: the server was not reached, or the connection broke: whether it did anything is not known.
 * - `timeout`: no answer in time: whether the server did anything is not known.
 * - `canceled`: this program canceled it.
 */
export type Fault =
  | (OneOf<"invalid"> & { readonly fields: readonly FieldViolation[] })
  | OneOf<"unauthenticated">
  | OneOf<"denied">
  | OneOf<"not_found">
  | OneOf<"exists">
  | OneOf<"precondition">
  | (OneOf<"aborted"> & { readonly game?: Game })
  | OneOf<"exhausted">
  | OneOf<"unavailable">
  | OneOf<"unimplemented">
  | OneOf<"internal">
  | (FaultBase & { readonly kind: "offline"; readonly reason: "OFFLINE" })
  | (FaultBase & { readonly kind: "timeout"; readonly reason: "DEADLINE_EXCEEDED" })
  | (FaultBase & { readonly kind: "canceled"; readonly reason: "CANCELED" });

export type FaultKind = Fault["kind"];

/** The domain of our ErrorInfo. */
const domain = "dongbaejul";

/** What each code is, from Code.Canceled = 1 on. */
const kinds: readonly FaultKind[] = [
  "canceled",
  "offline",
  "invalid",
  "timeout",
  "not_found",
  "exists",
  "denied",
  "exhausted",
  "precondition",
  "aborted",
  "invalid",
  "unimplemented",
  "internal",
  "unavailable",
  "internal",
  "unauthenticated",
];

function kindOf(code: Code): FaultKind {
  return kinds[code - 1] ?? "internal";
}

/** The messages of failures without an answer of the server. */
const words: { readonly [kind in FaultKind]?: readonly [ko: string, en: string] } = {
  unauthenticated: ["로그인이 필요해요.", "Please sign in."],
  unavailable: ["지금은 사용할 수 없어요. 다시 시도해 주세요.", "The service is temporarily unavailable."],
  offline: ["서버에 연결할 수 없어요. 인터넷 연결을 확인해 주세요.", "The server cannot be reached. Check your connection."],
  timeout: ["응답이 너무 늦어요. 다시 시도해 주세요.", "It took too long. Please try again."],
};

/** Returns the message of a kind of failure that the server did not answer. */
export function wordsFor(kind: FaultKind, language: Language): string {
  const [ko, en] = words[kind] ?? ["요청을 처리하지 못했어요.", "The request could not be processed."];
  return language === "ko" ? ko : en;
}

/**
 * Returns why something failed, from anything that was thrown. The server's messages are in the language of the request; `language`
 * is for failures that never reached it.
 */
export function faultOf(error: unknown, language: Language = "ko"): Fault {
  const e = ConnectError.from(error);
  const info = infoOf(e);
  const kind = info !== undefined ? kindOf(e.code) : error instanceof ConnectError ? remoteKind(e) : localKind(e);
  const fault = {
    kind,
    reason: info?.reason ?? reasonOf(kind, e.code),
    message: info === undefined ? wordsFor(kind, language) : e.rawMessage,
    retryAfterMs: retryAfter(e),
    requestId: e.findDetails(RequestInfoSchema)[0]?.requestId ?? e.metadata.get("x-request-id") ?? undefined,
    metadata: info?.metadata ?? {},
  };
  switch (kind) {
    case "invalid":
      return { ...fault, kind, fields: violations(e) };
    case "aborted": {
      const game = e.findDetails(GameSchema)[0];
      return { ...fault, kind, ...(game === undefined ? {} : { game }) };
    }
    default:
      return fault as Fault;
  }
}

function infoOf(e: ConnectError) {
  return e.findDetails(ErrorInfoSchema).find((detail) => detail.domain === domain);
}

/** Returns a reason if the server has sent none: the code's name, as the server would write it. */
function reasonOf(kind: FaultKind, code: Code): string {
  return kind === "offline" || kind === "internal" ? kind.toUpperCase() : codeToString(code).toUpperCase();
}

/** Reports whether the error is from our server or this client, and not from a proxy in between. */
export function isNamed(error: unknown): boolean {
  return infoOf(ConnectError.from(error)) !== undefined;
}

/** Returns the kind of an error that no call has thrown: a bug of the program, unless it was aborted. */
function localKind(e: ConnectError): FaultKind {
  return e.code === Code.Unknown ? "internal" : kindOf(e.code);
}

/**
 * Returns the kind of a call's error that does not come from our server. The code of a broken connection depends on the transport,
 * and a proxy only sends HTTP's.
 */
function remoteKind(e: ConnectError): FaultKind {
  return [Code.Aborted, Code.Internal, Code.DataLoss].includes(e.code) ? "offline" : kindOf(e.code);
}

function retryAfter(e: ConnectError): number | undefined {
  const delay = e.findDetails(RetryInfoSchema)[0]?.retryDelay;
  if (delay !== undefined) {
    return durationMs(delay);
  }
  const seconds = Number(e.metadata.get("retry-after") ?? NaN);
  return seconds >= 0 ? seconds * 1000 : undefined;
}

function violations(e: ConnectError): FieldViolation[] {
  return e
    .findDetails(BadRequestSchema)
    .flatMap((detail) => detail.fieldViolations)
    .map((v) => ({ field: v.field, rule: v.reason, message: v.localizedMessage?.message ?? v.description }));
}

/** An error of this program's own, for faultOf to read as one of the server's. */
export function localError(code: Code, reason: string, message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: { reason, domain } }], cause);
}

/** Reports whether the same call may succeed later by itself. */
export function isTransient(fault: Fault): boolean {
  return ["offline", "timeout", "unavailable", "exhausted"].includes(fault.kind) && fault.reason !== "REQUEST_TOO_LARGE";
}

/** Returns what is logged of a fault: not its sentence, which may name what a user wrote. */
export function faultFields({ kind, reason, requestId }: Fault): { readonly [field: string]: unknown } {
  return { kind, reason, ...(requestId === undefined ? {} : { requestId }) };
}
