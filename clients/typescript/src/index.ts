/**
 * Client of the Dongbaejul badminton club server.
 *
 * - `createClient` connects: typed calls of every service, sign-in, tokens that renew themselves.
 * - `subscribe` follows everything that happens, over cuts and restarts.
 * - `createOutbox` sends what the user does exactly once, through bad reception.
 * - `createClub` puts it all together as state that React can show.
 * - `faultOf` returns why something failed.
 *
 * The messages and services of the contract are exported beside them; each file of theirs is also a path of its own, such as
 * `@dongbaejul/client/gen/dongbaejul/v1/chat_pb`.
 */
export { createClient } from "./client.js";
export type { Client } from "./client.js";
export { createConnection } from "./connection.js";
export type { Connection, ConnectionOptions, Fetch, TransportOptions } from "./connection.js";
export type { ClientSession, SignedIn, SignInStart } from "./session/session.js";
export type { SessionState } from "./session/types.js";
export { faultOf, isTransient } from "./errors.js";
export type { Fault, FaultKind, FieldViolation, Language } from "./errors.js";
export type { Reason, Reasons } from "./errors.js";
export { fromJson, toJson } from "./json.js";
export type { Log, LogFields, Logger, LogLevel } from "./logger.js";
export { nameOf } from "./people.js";
export type { Permission } from "./permissions.js";
export { subscribe } from "./subscribe/subscribe.js";
export type { SubscribeOptions, SubscribeTiming, Subscription, SubscriptionState } from "./subscribe/types.js";
export { createOutbox } from "./outbox/outbox.js";
export type {
  Outbox,
  OutboxAction,
  OutboxActionKind,
  OutboxAdded,
  OutboxItem,
  OutboxOptions,
  OutboxProgress,
  OutboxResult,
  FilesOfAction,
  KeptFile,
  OutboxFiles,
  OutgoingAttachment,
  OutgoingFile,
  UploadedAttachment,
  UploadProgress,
} from "./outbox/types.js";
export { createOutboxFiles } from "./outbox/files.js";
export type { OutboxFilesOptions } from "./outbox/files.js";
export { indexedDbFiles, memoryFiles } from "./outbox/filestore.js";
export type { FileStore } from "./outbox/filestore.js";
export { createUploads } from "./uploads/uploads.js";
export type { UploadsOptions } from "./uploads/uploads.js";
export type { BlobLike, FileReference, PutOptions, UploadFile, Uploads } from "./uploads/types.js";
export { createClub } from "./state/club.js";
export type { Club, ClubOptions, ClubSource } from "./state/types.js";
export type { MessageList, MessageView, RoomList, RoomView } from "./chat/types.js";
export type { GameList, GameView } from "./state/games.js";
export type { EventName, EventValue } from "./state/listeners.js";
export type { MemberList } from "./state/members.js";
export type { NotificationList } from "./state/notifications.js";
export type { ProfileState } from "./state/profile.js";
export type { Loading } from "./state/loader.js";
export { selected } from "./state/observable.js";
export type { Readable } from "./state/observable.js";
export { randomId } from "./timers.js";
export { memoryStorage } from "./storage.js";
export type { KeyValueStorage } from "./storage.js";
export { browserLifecycle } from "./lifecycle.js";
export type { Lifecycle } from "./lifecycle.js";

export { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
export * from "./gen/dongbaejul/v1/auth_pb.js";
export * from "./gen/dongbaejul/v1/chat_pb.js";
export * from "./gen/dongbaejul/v1/common_pb.js";
export * from "./gen/dongbaejul/v1/events_pb.js";
export * from "./gen/dongbaejul/v1/games_pb.js";
export * from "./gen/dongbaejul/v1/notifications_pb.js";
export * from "./gen/dongbaejul/v1/photos_pb.js";
export * from "./gen/dongbaejul/v1/posts_pb.js";
export * from "./gen/dongbaejul/v1/streams_pb.js";
export * from "./gen/dongbaejul/v1/users_pb.js";
