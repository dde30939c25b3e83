import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { isTransient } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { GameService } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game } from "../gen/dongbaejul/v1/games_pb.js";
import { throwLater } from "../timers.js";
import { createCursors, snapshotOf } from "./cursors.js";
import type { Cursors } from "./cursors.js";
import type { SubscribeOptions } from "./types.js";

/** While polling, how often a hello is delivered: every poll begins with one. */
const pollHelloMs = 60_000;

/** Delivers new events in order, and stores the cursors of those delivered. */
export interface Delivery {
  /** Reads the cursors of a user. */
  load(userId: string): Promise<void>;
  /** Returns what to ask a new connection for. */
  open: Cursors["open"];
  /**
   * Delivers new events, after those delivered before. It throws if an event is missing. `isFirst` marks a new connection; later
   * hellos, one per poll, are delivered only now and then.
   */
  deliver(events: readonly Event[], isFirst: boolean): Promise<void>;
  /** Resolves when the cursors are written. */
  saved(): Promise<void>;
}

/** Creates a delivery to `options.onEvents`, until the signal aborts. */
export function createDelivery(connection: Connection, options: SubscribeOptions, signal: AbortSignal): Delivery {
  const games = connection.service(GameService);
  const { cursors: storage, onEvents } = options;
  let key = "";
  let cursors = createCursors(null);
  let helloAt = 0;
  let delivering: Promise<void> = Promise.resolve();
  let saving: Promise<void> | undefined;
  let unsaved: string | undefined;
  /** The games that are being read. */
  const reading = new Set<string>();

  /** Runs f after everything that was delivered before. */
  const inOrder = (f: () => Promise<void>): Promise<void> => {
    const turn = delivering.then(f);
    delivering = turn.catch(() => undefined);
    return turn;
  };

  const pass = async (events: Event[]) => {
    if (events.length === 0 || signal.aborted) {
      return;
    }
    try {
      await onEvents(events);
    } catch (error) {
      // An error of the program's listener: it is reported as uncaught, and delivery continues.
      throwLater(error);
    }
    save();
  };

  /** Stores the cursors, one write at a time; the last ones are always written. */
  const save = () => {
    if (storage !== undefined) {
      unsaved = cursors.save();
      saving ??= write().finally(() => (saving = undefined));
    }
  };
  const write = async () => {
    while (unsaved !== undefined) {
      const text = unsaved;
      unsaved = undefined;
      try {
        await storage?.setItem(key, text);
      } catch {
        // The next write may succeed; until then, more events would be repeated after a restart.
      }
    }
  };

  const isNews = ({ payload }: Event, isFirst: boolean): boolean => {
    if (payload.case === "hello") {
      if (!isFirst && Date.now() - helloAt < pollHelloMs) {
        return false;
      }
      helloAt = Date.now();
    }
    return true;
  };

  /** Reads a game of which changes are missing. If that fails, the next connection asks for it again. */
  const readGame = async (gameId: string) => {
    if (reading.has(gameId)) {
      return;
    }
    reading.add(gameId);
    try {
      const { game } = await games.getGame({ gameId }, { signal });
      await inOrder(() => passGame(gameId, game));
    } catch (e) {
      if (!isTransient(connection.fault(e))) {
        cursors.forget(gameId);
      }
    } finally {
      reading.delete(gameId);
    }
  };
  const passGame = async (gameId: string, game: Game | undefined) => {
    const news = game === undefined ? [] : cursors.take([snapshotOf(game)]).news;
    if (news.length === 0) {
      cursors.forget(gameId);
    }
    await pass(news);
  };

  return {
    async load(userId) {
      key = `dongbaejul.cursors.${userId}`;
      let saved: string | null | undefined;
      try {
        saved = await storage?.getItem(key);
      } catch {
        // Then the subscription starts with what happens from now on.
      }
      cursors = createCursors(saved ?? null);
    },
    open: () => cursors.open(),
    deliver: (events, isFirst) =>
      inOrder(async () => {
        const { news, read, gap } = cursors.take(events);
        await pass(news.filter((event) => isNews(event, isFirst)));
        read.forEach((id) => void readGame(id));
        if (gap) {
          throw new ConnectError("missing entry", Code.DataLoss);
        }
      }),
    saved: async () => saving,
  };
}
