import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Connection, ConnectionOptions } from "./connection.js";
import type { AuthService } from "./gen/dongbaejul/v1/auth_pb.js";
import type { ChatService } from "./gen/dongbaejul/v1/chat_pb.js";
import type { EventService } from "./gen/dongbaejul/v1/events_pb.js";
import type { GameService } from "./gen/dongbaejul/v1/games_pb.js";
import type { NotificationService } from "./gen/dongbaejul/v1/notifications_pb.js";
import type { PhotoService } from "./gen/dongbaejul/v1/photos_pb.js";
import type { PostService } from "./gen/dongbaejul/v1/posts_pb.js";
import type { UserService } from "./gen/dongbaejul/v1/users_pb.js";

/** Every service of the contract, typed. What fails throws; `client.fault(error)` tells why. */
export interface Client extends Connection {
  readonly auth: ServiceClient<typeof AuthService>;
  readonly users: ServiceClient<typeof UserService>;
  readonly posts: ServiceClient<typeof PostService>;
  readonly games: ServiceClient<typeof GameService>;
  readonly chat: ServiceClient<typeof ChatService>;
  readonly photos: ServiceClient<typeof PhotoService>;
  readonly notifications: ServiceClient<typeof NotificationService>;
  readonly events: ServiceClient<typeof EventService>;
}

/**
 * Makes the client of a server. It connects when it is used first.
 *
 * ```ts
 * const client = createClient({ baseUrl: "https://club.example", tokens: localStorage });
 * const { authUrl } = await client.session.startSignIn("https://club.example/signed-in");
 * ```
 */
export declare function createClient(options: ConnectionOptions): Client;
