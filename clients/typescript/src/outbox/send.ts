import { Code } from "@connectrpc/connect";
import type { CallOptions, Client as ServiceClient } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { localError } from "../errors.js";
import { ChatService } from "../gen/dongbaejul/v1/chat_pb.js";
import { GameService } from "../gen/dongbaejul/v1/games_pb.js";
import { PostService } from "../gen/dongbaejul/v1/posts_pb.js";
import type { OutboxAction, OutboxResult, OutgoingAttachment } from "./types.js";

/** One attempt at an action. */
export interface Try {
  /** The action's id. */
  readonly id: string;
  readonly action: OutboxAction;
  /** The version that a score is based on; undefined for any. */
  readonly base: number | undefined;
  /** The call options: for which user, and until when. */
  readonly call: CallOptions;
}

/** Sends actions to the server. */
export interface Sender {
  /** Sends an action. It is idempotent: if an earlier attempt succeeded and its answer was lost, nothing changes. */
  send(t: Try): Promise<OutboxResult>;
}

/** Creates a sender. */
export function createSender(connection: Connection): Sender {
  const chat = connection.service(ChatService);
  const games = connection.service(GameService);
  const posts = connection.service(PostService);
  return {
    send: (t) => send(chat, games, posts, t),
  };
}

async function send(
  chat: ServiceClient<typeof ChatService>,
  games: ServiceClient<typeof GameService>,
  posts: ServiceClient<typeof PostService>,
  { id, action, base, call }: Try,
): Promise<OutboxResult> {
  switch (action.kind) {
    case "send_message": {
      const { roomId, content, attachments = [], replyTo } = action;
      const request = { roomId, tempId: id, content, attachments: idsOf(attachments), ...given("replyTo", replyTo) };
      return of("message", (await chat.sendMessage(request, call)).message);
    }
    case "edit_message": {
      const { roomId, messageId, content } = action;
      return of("message", (await chat.editMessage({ roomId, messageId, content }, call)).message);
    }
    case "delete_message": {
      const { roomId, messageId } = action;
      return of("message", (await chat.deleteMessage({ roomId, messageId }, call)).message);
    }
    case "mark_read": {
      const { roomId, upTo } = action;
      return { unreadCount: (await chat.markRead({ roomId, upTo: BigInt(upTo) }, call)).unreadCount };
    }
    case "join_game": {
      const { game, participantStatus } = await games.joinGame({ gameId: action.gameId }, call);
      return { ...of("game", game), participantStatus };
    }
    case "leave_game":
      return of("game", (await games.leaveGame({ gameId: action.gameId }, call)).game);
    case "set_teams": {
      const { gameId, team1, team2 } = action;
      return of("game", (await games.setTeams({ gameId, team1: [...team1], team2: [...team2] }, call)).game);
    }
    case "start_game": {
      const { gameId, courtId } = action;
      return of("game", (await games.startGame({ gameId, courtId }, call)).game);
    }
    case "update_score": {
      const { gameId, setNumber, team1Score, team2Score } = action;
      const request = { gameId, setNumber, team1Score, team2Score, ...given("expectedVersion", base) };
      return of("game", (await games.updateScore(request, call)).game);
    }
    case "complete_game": {
      const { kind: _, ...request } = action;
      return of("game", (await games.completeGame(request, call)).game);
    }
    case "cancel_game":
      return of("game", (await games.cancelGame({ gameId: action.gameId }, call)).game);
    case "create_post": {
      const { title, content, category, isPinned = false, attachments = [] } = action;
      const request = { title, content, category, isPinned, attachments: idsOf(attachments), requestId: id };
      return of("post", (await posts.createPost(request, call)).post);
    }
    case "create_comment": {
      const { postId, content, parentId } = action;
      const request = { postId, content, requestId: id, ...given("parentId", parentId) };
      return of("comment", (await posts.createComment(request, call)).comment);
    }
    case "like_post":
      await posts.toggleLike({ postId: action.postId, liked: action.liked }, call);
      return {};
    default:
      throw localError(Code.Unimplemented, "UNIMPLEMENTED", `there is no action ${(action as { kind: string }).kind}`);
  }
}

function idsOf(attachments: readonly OutgoingAttachment[]): string[] {
  return attachments.map(({ fileId = "" }) => fileId);
}

/** Returns an object with a field, or without it if there is no value. */
function given<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]: V });
}

function of<K extends keyof OutboxResult>(key: K, value: OutboxResult[K]): OutboxResult {
  return value === undefined ? {} : { [key]: value };
}
