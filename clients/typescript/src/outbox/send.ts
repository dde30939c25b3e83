import { Code } from "@connectrpc/connect";
import type { CallOptions, Client as ServiceClient } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { localError } from "../errors.js";
import type { Fault } from "../errors.js";
import { ChatService } from "../gen/dongbaejul/v1/chat_pb.js";
import type { Message } from "../gen/dongbaejul/v1/chat_pb.js";
import { GameService, GameStatus } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game, GameEnd, ParticipantStatus, Team } from "../gen/dongbaejul/v1/games_pb.js";
import { PostService } from "../gen/dongbaejul/v1/posts_pb.js";
import type { Comment, Post, PostCategory } from "../gen/dongbaejul/v1/posts_pb.js";

/** A file to attach. */
export interface OutgoingAttachment {
  /** What PhotoService.CreateUpload answered. */
  readonly fileId: string;
  /** What is shown until the server has answered: the upload has the name for good. */
  readonly name: string;
}

/** What can be left in an outbox. Plain JSON. */
export type OutboxAction =
  | {
      readonly kind: "send_message";
      readonly roomId: string;
      readonly content: string;
      readonly attachments?: readonly OutgoingAttachment[];
      /** Id of the message this one answers. */
      readonly replyTo?: string;
    }
  | { readonly kind: "edit_message"; readonly roomId: string; readonly messageId: string; readonly content: string }
  | { readonly kind: "delete_message"; readonly roomId: string; readonly messageId: string }
  /** Only the furthest position of a room that is waiting is sent. */
  | { readonly kind: "mark_read"; readonly roomId: string; readonly upTo: number }
  | { readonly kind: "join_game"; readonly gameId: string }
  | { readonly kind: "leave_game"; readonly gameId: string }
  | { readonly kind: "set_teams"; readonly gameId: string; readonly team1: readonly string[]; readonly team2: readonly string[] }
  | { readonly kind: "start_game"; readonly gameId: string; readonly courtId: string }
  | {
      readonly kind: "update_score";
      readonly gameId: string;
      readonly setNumber: number;
      readonly team1Score: number;
      readonly team2Score: number;
      /**
       * The version of the game that the scorer saw, pending changes of their own left out. Where it has changed since by somebody
       * else, the action fails as VERSION_CONFLICT with the present game. Left out, the score is set whatever it was.
       */
      readonly expectedVersion?: number;
    }
  | {
      readonly kind: "complete_game";
      readonly gameId: string;
      /** COMPLETED when left out. */
      readonly end?: GameEnd;
      /** Needed for RETIRED and WALKOVER. */
      readonly winner?: Team;
      readonly mvp?: string;
    }
  | { readonly kind: "cancel_game"; readonly gameId: string }
  | {
      readonly kind: "create_post";
      readonly title: string;
      readonly content: string;
      readonly category: PostCategory;
      readonly isPinned?: boolean;
      readonly attachments?: readonly OutgoingAttachment[];
    }
  | { readonly kind: "create_comment"; readonly postId: string; readonly content: string; readonly parentId?: string }
  | { readonly kind: "like_post"; readonly postId: string; readonly liked: boolean };

export type OutboxActionKind = OutboxAction["kind"];

/** What the server answered, where that is something to show. */
export interface OutboxResult {
  readonly message?: Message;
  readonly game?: Game;
  readonly participantStatus?: ParticipantStatus;
  readonly post?: Post;
  readonly comment?: Comment;
  /** What is left to read in the room. */
  readonly unreadCount?: number;
}

/** One try of an action. */
export interface Try {
  /** The action's name for good. */
  readonly id: string;
  readonly action: OutboxAction;
  /** Whether it was tried before without an answer: the server may have done it. */
  readonly unsure: boolean;
  /** The version that a score is based on; undefined for any. */
  readonly base: number | undefined;
  /** How its calls are made: by whom, and for how long. */
  readonly call: CallOptions;
}

/** Sends actions to the server. */
export interface Sender {
  send(t: Try): Promise<OutboxResult>;
  /** Tells what a refusal means after a try whose answer was lost: the result, where it is that of the first try. */
  recover(t: Try, fault: Fault): Promise<OutboxResult | undefined>;
}

/** The lane that an action is sent in, after the others there. */
export function laneOf(action: OutboxAction): string {
  switch (action.kind) {
    case "send_message":
    case "edit_message":
    case "delete_message":
      return `room/${action.roomId}`;
    case "mark_read":
      return `read/${action.roomId}`;
    case "create_post":
      return "posts";
    case "create_comment":
    case "like_post":
      return `post/${action.postId}`;
    default:
      return `game/${action.gameId}`;
  }
}

/** Tells whether the server knows a repeated action by its id, and only for a while. */
export function isKeptForADay(action: OutboxAction): boolean {
  return action.kind === "create_post" || action.kind === "create_comment";
}

/** Makes what sends actions. */
export function createSender(connection: Connection): Sender {
  const chat = connection.service(ChatService);
  const games = connection.service(GameService);
  const posts = connection.service(PostService);
  return {
    send: (t) => send(chat, games, posts, t),
    recover: (t, fault) => recover(games, t, fault),
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
      const request = { roomId, tempId: id, content, attachments: attachments.map((a) => a.fileId), ...given("replyTo", replyTo) };
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
      const request = { title, content, category, isPinned, attachments: attachments.map((a) => a.fileId), requestId: id };
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

async function recover(games: ServiceClient<typeof GameService>, t: Try, fault: Fault): Promise<OutboxResult | undefined> {
  const { action, call } = t;
  if (!t.unsure) {
    return undefined;
  }
  switch (action.kind) {
    case "start_game": {
      if (fault.reason !== "GAME_ONGOING") {
        return undefined;
      }
      const { game } = await games.getGame({ gameId: action.gameId }, call);
      return game?.status === GameStatus.ONGOING && game.courtId === action.courtId ? { game } : undefined;
    }
    case "cancel_game": {
      if (fault.reason !== "GAME_CANCELLED") {
        return undefined;
      }
      return of("game", (await games.getGame({ gameId: action.gameId }, call)).game);
    }
    default:
      return undefined;
  }
}

/** An object with a field, or without it where there is no value. */
function given<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]: V });
}

function of<K extends keyof OutboxResult>(key: K, value: OutboxResult[K]): OutboxResult {
  return value === undefined ? {} : { [key]: value };
}
