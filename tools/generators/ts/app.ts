// What an app of another repository has in TypeScript: types that openapi-typescript generated, and messages that buf did.
import { create, toJson } from "@bufbuild/protobuf";
import type { components, paths } from "./rest.js";
import { ErrorReason } from "./dongbaejul/v1/common_pb.js";
import { CreateGameRequestSchema, GameService, GameType } from "./dongbaejul/v1/games_pb.js";

type Game = components["schemas"]["Game"];
type NewGame = paths["/api/v1/games"]["post"]["requestBody"]["content"]["application/json"];
type List = paths["/api/v1/games"]["get"]["responses"][200]["content"]["application/json"];
type Failure = paths["/api/v1/games"]["post"]["responses"][400]["content"]["application/json"];

export const asked: NewGame = { title: "금요일 복식", game_date: "2030-01-04T10:00:00Z", duration: 120, max_participants: 8, game_type: "doubles" };
export const titles = (list: List): string[] => list.games.filter((game: Game) => game.status === "scheduled").map((game) => game.title);
type Fields = components["schemas"]["BadRequest"];
const isFields = (detail: Failure["details"][number]): detail is Fields => detail["@type"] === "type.googleapis.com/google.rpc.BadRequest";
export const fields = (failure: Failure): string[] => failure.details.filter(isFields).flatMap((detail) => detail.field_violations.map((violation) => violation.field));

const request = create(CreateGameRequestSchema, { title: "금요일 복식", gameType: GameType.DOUBLES });
export const json = toJson(CreateGameRequestSchema, request);
export const call = GameService.method.createGame.name;
export const reason: keyof typeof ErrorReason = "GAME_FULL";

// @ts-expect-error -- a word that the contract does not have
export const wrong: NewGame["game_type"] = "triples";
