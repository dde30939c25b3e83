import {
  AuthService,
  ChatService,
  type Client,
  type ConnectionOptions,
  createConnection,
  GameService,
  NotificationService,
  PostService,
  UserService,
} from "@dongbaejul/client";
import { useClient as useAnyClient } from "@dongbaejul/client/react";

/** The services that the app uses. */
export type ClubClient = Omit<Client, "photos" | "events" | "uploads">;

/** Creates the client. Unlike `createClient`, it has only the services that the app uses, so that browsers load less. */
export function createClubClient(options: ConnectionOptions): ClubClient {
  const connection = createConnection(options);
  return {
    ...connection,
    auth: connection.service(AuthService),
    users: connection.service(UserService),
    posts: connection.service(PostService),
    games: connection.service(GameService),
    chat: connection.service(ChatService),
    notifications: connection.service(NotificationService),
  };
}

/** The typed calls of the services. */
export const useClient = useAnyClient<ClubClient>;
