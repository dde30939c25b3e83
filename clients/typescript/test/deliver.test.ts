import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Connection } from "../src/connection.js";
import { faultOf } from "../src/errors.js";
import { EventSchema } from "../src/gen/dongbaejul/v1/events_pb.js";
import { GameSchema } from "../src/gen/dongbaejul/v1/games_pb.js";
import { createDelivery } from "../src/subscribe/deliver.js";
import { until } from "./support/wait.js";

test("a game whose changes are unknown is read once at a time", async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const getGame = async ({ gameId }: { gameId: string }) => {
    asked.push(gameId);
    await new Promise<void>((resolve) => answers.push(resolve));
    return { game: create(GameSchema, { id: gameId, version: 3 }) };
  };
  const connection = { service: () => ({ getGame }), fault: faultOf } as unknown as Connection;
  const got: string[] = [];
  const onEvents = (events: readonly { payload: { case?: string | undefined } }[]) =>
    events.forEach((e) => got.push(e.payload.case ?? ""));
  const delivery = createDelivery(connection, { onEvents }, new AbortController().signal);
  const change = (gameId: string, version: number) =>
    create(EventSchema, { payload: { case: "participantsChanged", value: { gameId, version } } });
  await delivery.deliver([change("a", 1), change("a", 2), change("b", 1)], true);
  await delivery.deliver([change("a", 3)], false);
  assert.deepEqual(asked, ["a", "b"]);
  answers.forEach((answer) => answer());
  await until("both games", () => got.length === 2);
  assert.deepEqual(got, ["gameSnapshot", "gameSnapshot"]);
  // What is known is not read again; what is missing then is.
  await delivery.deliver([change("a", 4), change("a", 9)], false);
  assert.deepEqual(asked, ["a", "b", "a"]);
  answers.forEach((answer) => answer());
});
