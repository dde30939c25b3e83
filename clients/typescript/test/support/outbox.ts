import { after, before } from "node:test";
import type { Client, Fetch, KeyValueStorage, Outbox, OutboxAction, OutboxItem } from "../../src/index.js";
import { newGame, openRoom, signedIn } from "./club.js";
import { Server } from "./server.js";

/** A storage, and the texts in it. */
export function inspected(): { storage: KeyValueStorage; texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const storage = {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
    removeItem: (key: string) => void texts.delete(key),
  };
  return { storage, texts };
}

/** A fetch that can be set to lose answers, or to send nothing. */
export function moody() {
  const mood = {
    /** Procedures whose next answers are lost after the server has processed the request. */
    lose: [] as string[],
    offline: false,
    calls: [] as string[],
    fetch: undefined as unknown as Fetch,
  };
  mood.fetch = async (url: string, init: RequestInit) => {
    const procedure = url.slice(url.lastIndexOf("/") + 1);
    if (mood.offline) {
      throw new TypeError("fetch failed");
    }
    mood.calls.push(procedure);
    const response = await fetch(url, init);
    const at = mood.lose.indexOf(procedure);
    if (at >= 0) {
      mood.lose.splice(at, 1);
      await response.arrayBuffer();
      throw new TypeError("terminated");
    }
    return response;
  };
  return mood;
}

/** Waits until all items are sent or failed, and returns them. */
export const settled = async (outbox: Outbox, items: readonly OutboxItem[]) => Promise.all(items.map((item) => outbox.settled(item.id)));

/** Returns the state of an item, or the reason if it has failed. */
export const outcome = (item: OutboxItem | undefined) => (item?.state === "failed" ? item.fault.reason : item?.state);

/** A club for the tests of one suite: a server with a room for everybody. */
export class OutboxClub {
  server!: Server;
  leader!: Client;
  room = "";
  private courts = 0;

  /** Starts the club before the tests of the suite that is being defined, and stops it after them. */
  constructor() {
    before(async () => {
      this.server = await Server.start();
      this.leader = await signedIn(this.server, "leader");
      this.room = await openRoom(this.leader);
    });
    after(() => this.server.stop());
  }

  /** Returns an action that sends a message to the room. */
  message(content: string): OutboxAction {
    return { kind: "send_message", roomId: this.room, content };
  }

  /** Returns the contents of the room's messages, the oldest first, beginning with `from`. */
  async heard(from: string): Promise<string[]> {
    const { messages } = await this.leader.chat.listMessages({ roomId: this.room, limit: 100 });
    const contents = messages.map((m) => m.content).reverse();
    return contents.slice(contents.indexOf(from));
  }

  async newCourt(): Promise<string> {
    return (await this.leader.games.createCourt({ name: `court-${this.courts++}` })).court?.id ?? "";
  }

  /** Starts a game of singles between the leader and the user of a client, on a court of its own. */
  async startGame(client: Client) {
    const { leader } = this;
    const gameId = await newGame(leader);
    await leader.games.joinGame({ gameId });
    const { game } = await client.games.joinGame({ gameId });
    const [one, two] = game?.participants.map((p) => p.userId) ?? [];
    await leader.games.setTeams({ gameId, team1: [one ?? ""], team2: [two ?? ""] });
    const courtId = await this.newCourt();
    const { game: started } = await leader.games.startGame({ gameId, courtId });
    const end = () => leader.games.cancelGame({ gameId });
    return { gameId, version: started?.version ?? 0, end };
  }
}
