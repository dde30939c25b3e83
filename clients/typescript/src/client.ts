import type { Client as ServiceClient } from "@connectrpc/connect";
import { createConnection } from "./connection.js";
import type { Connection, ConnectionOptions } from "./connection.js";
import { AuthService } from "./gen/dongbaejul/v1/auth_pb.js";
import { ChatService } from "./gen/dongbaejul/v1/chat_pb.js";
import { EventService } from "./gen/dongbaejul/v1/events_pb.js";
import { GameService } from "./gen/dongbaejul/v1/games_pb.js";
import { NotificationService } from "./gen/dongbaejul/v1/notifications_pb.js";
import { PhotoService } from "./gen/dongbaejul/v1/photos_pb.js";
import { PostService } from "./gen/dongbaejul/v1/posts_pb.js";
import { UserService } from "./gen/dongbaejul/v1/users_pb.js";
import type { Uploads } from "./uploads/types.js";
import { createUploads } from "./uploads/uploads.js";

/** Every service of the contract, typed. What fails throws; `client.fault(error)` returns why. */
export interface Client extends Connection {
  readonly auth: ServiceClient<typeof AuthService>;
  readonly users: ServiceClient<typeof UserService>;
  readonly posts: ServiceClient<typeof PostService>;
  readonly games: ServiceClient<typeof GameService>;
  readonly chat: ServiceClient<typeof ChatService>;
  readonly photos: ServiceClient<typeof PhotoService>;
  readonly notifications: ServiceClient<typeof NotificationService>;
  readonly events: ServiceClient<typeof EventService>;
  /** Uploads pictures, for messages, posts and avatars. */
  readonly uploads: Uploads;
}

/**
 * Creates the client of a server. It connects on first use.
 *
 * ```ts
 * const client = createClient({ baseUrl: "https://club.example", tokens: localStorage });
 * const { authUrl } = await client.session.startSignIn("https://club.example/signed-in");
 * ```
 */
export function createClient(options: ConnectionOptions): Client {
  const connection = createConnection(options);
  const services = {
    auth: connection.service(AuthService),
    users: connection.service(UserService),
    posts: connection.service(PostService),
    games: connection.service(GameService),
    chat: connection.service(ChatService),
    photos: connection.service(PhotoService),
    notifications: connection.service(NotificationService),
    events: connection.service(EventService),
    uploads: createUploads(connection, { fetch: options.fetch }),
  };
  // Not a spread, which would copy the current value of `language`.
  return Object.defineProperties(services, Object.getOwnPropertyDescriptors(connection)) as typeof services & Connection;
}
