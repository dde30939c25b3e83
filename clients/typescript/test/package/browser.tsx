// A program for browsers, as its README has it. It is only compiled: by the strictest settings, libraries included.
import { createClient, createClub, createOutbox, GameStatus, selected, timestampDate } from "@dongbaejul/client";
import type { Fault, Game, MessageView } from "@dongbaejul/client";
import { createOfflineCache } from "@dongbaejul/client/offline";
import { PostService } from "@dongbaejul/client/gen/dongbaejul/v1/posts_pb";
import { useEffect, useSyncExternalStore } from "react";

const client = createClient({ baseUrl: location.origin, tokens: localStorage, fetch });
const outbox = createOutbox(client, { storage: localStorage });
const club = createClub(client, { outbox, cache: createOfflineCache(client, { storage: localStorage }) });
const live = selected(club.games, ({ games }) => games.filter(({ game }) => game.status === GameStatus.ONGOING).length);

export function Room({ id }: { id: string }) {
  useEffect(() => club.openRoom(id), [id]);
  const list = club.messages(id);
  const games = useSyncExternalStore(live.subscribe, live.getSnapshot);
  const { messages, fault, fromCache } = useSyncExternalStore(list.subscribe, list.getSnapshot);
  return (
    <ol>
      {messages.map((view) => (
        <li key={view.key}>{said(view)}</li>
      ))}
      <p>{fault === undefined ? games : why(fault)}</p>
      <p>{fromCache ? "마지막으로 본 내용이에요." : ""}</p>
    </ol>
  );
}

function said({ message, state, unreadBy, item }: MessageView): string {
  const why = item?.state === "failed" ? item.fault.message : state;
  return `${message.sender?.displayName ?? ""}: ${message.content} ${unreadBy || ""} ${why}`;
}

/** Every kind of fault has a case: another one would not compile. */
function why(fault: Fault): string {
  switch (fault.kind) {
    case "invalid":
      return fault.fields.map((f) => `${f.field}: ${f.message}`).join();
    case "precondition":
      return fault.reason === "GAME_FULL" ? "만석" : fault.message;
    case "aborted":
      return fault.game === undefined ? fault.message : date(fault.game);
    case "unauthenticated":
    case "denied":
    case "not_found":
    case "exists":
    case "exhausted":
    case "unavailable":
    case "unimplemented":
    case "internal":
    case "offline":
    case "timeout":
    case "canceled":
      return fault.message;
    default:
      return fault satisfies never;
  }
}

function date(game: Game): string {
  return game.gameDate === undefined ? "" : timestampDate(game.gameDate).toLocaleString("ko");
}

export async function board(): Promise<string[]> {
  const { posts } = await client.service(PostService).listPosts({ limit: 20 });
  return posts.map((post) => post.title);
}
