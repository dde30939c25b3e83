import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { isTransient } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { GameService } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game } from "../gen/dongbaejul/v1/games_pb.js";
import { createSieve, snapshotOf } from "./cursors.js";
import type { Sieve } from "./cursors.js";
import type { SubscribeOptions } from "./types.js";

/** While polling, how often a hello is passed on: every poll begins with one. */
const pollHelloMs = 60_000;

/** Passes on what is new, in order, and keeps the cursors of what was. */
export interface Relay {
  /** Reads the cursors of a user. */
  begin(userId: string): Promise<void>;
  /** What to ask a new connection for. */
  open: Sieve["open"];
  /**
   * Passes on what is new, after what was passed before. Fails where something is missing. `goesOn` says that the events go on where
   * those before were, so that their hello is of interest only now and then.
   */
  pass(events: readonly Event[], goesOn: boolean): Promise<void>;
  /** Resolves when the cursors are written. */
  saved(): Promise<void>;
}

/** Makes a relay. */
export function createRelay(connection: Connection, options: SubscribeOptions, signal: AbortSignal): Relay {
  const games = connection.service(GameService);
  const { cursors, onEvents } = options;
  let key = "";
  let sieve = createSieve(null);
  let helloAt = 0;
  let passing: Promise<void> = Promise.resolve();
  let saving: Promise<void> | undefined;
  let unsaved: string | undefined;

  /** Runs f after all that was passed on before. */
  const inTurn = (f: () => Promise<void>): Promise<void> => {
    const turn = passing.then(f);
    passing = turn.catch(() => undefined);
    return turn;
  };

  const tell = async (events: Event[]) => {
    if (events.length === 0 || signal.aborted) {
      return;
    }
    try {
      await onEvents(events);
    } catch (error) {
      // It is the program's own mistake, and shown where that shows its mistakes. What follows goes on.
      setTimeout(() => {
        throw error;
      });
    }
    save();
  };

  /** Saves the cursors: one write at a time, the last one for sure. */
  const save = () => {
    if (cursors !== undefined) {
      unsaved = sieve.save();
      saving ??= write().finally(() => (saving = undefined));
    }
  };
  const write = async () => {
    while (unsaved !== undefined) {
      const text = unsaved;
      unsaved = undefined;
      try {
        await cursors?.setItem(key, text);
      } catch {
        // The next one may be written; until then more would be sent again.
      }
    }
  };

  const isNews = ({ payload }: Event, goesOn: boolean): boolean => {
    if (payload.case === "hello") {
      if (goesOn && Date.now() - helloAt < pollHelloMs) {
        return false;
      }
      helloAt = Date.now();
    }
    return true;
  };

  /** Reads a game whose changes were not told one by one. Where that fails, the next connection asks again. */
  const readGame = async (gameId: string) => {
    try {
      const { game } = await games.getGame({ gameId }, { signal });
      await inTurn(() => tellOf(game));
    } catch (e) {
      if (!isTransient(connection.fault(e))) {
        sieve.settled(gameId);
      }
    }
  };
  const tellOf = async (game: Game | undefined) => {
    const pass = game === undefined ? [] : sieve.take([snapshotOf(game)]).pass;
    if (pass.length === 0) {
      sieve.settled(game?.id ?? "");
    }
    await tell(pass);
  };

  return {
    async begin(userId: string) {
      key = `dongbaejul.cursors.${userId}`;
      let saved: string | null | undefined;
      try {
        saved = await cursors?.getItem(key);
      } catch {
        // Then it begins with what happens from now on.
      }
      sieve = createSieve(saved ?? null);
    },
    open: () => sieve.open(),
    pass: (events: readonly Event[], goesOn: boolean) =>
      inTurn(async () => {
        const { pass, read, gap } = sieve.take(events);
        await tell(pass.filter((event) => isNews(event, goesOn)));
        read.forEach((id) => void readGame(id));
        if (gap) {
          throw new ConnectError("missing entry", Code.DataLoss);
        }
      }),
    saved: async () => saving,
  };
}
