import { create } from "@bufbuild/protobuf";
import type { Client as ServiceClient } from "@connectrpc/connect";
import { isTransient } from "../errors.js";
import type { Fault } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { GameStatus, SetScoreSchema } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game, GameService, Participant, ParticipantsChanged } from "../gen/dongbaejul/v1/games_pb.js";
import type { OutboxItem } from "../outbox/types.js";
import { loadingOf } from "./loader.js";
import type { Loading } from "./loader.js";
import { sameFields, sameItems } from "./store.js";
import type { Batch, Slice, Slices } from "./store.js";

/** A game, with what the user has done to it that the server has not answered yet. */
export interface GameView {
  readonly id: string;
  /** As the server has it. */
  readonly game: Game;
  /** As it will be if what is pending goes well: scores, teams, and whether the user is in it. */
  readonly shown: Game;
  /** What is on its way, and what has failed. */
  readonly pending: readonly OutboxItem[];
}

export interface GameList extends Loading {
  /** Those being played and those to come, by date, and those that have ended since the program started. From the cache: all it has. */
  readonly games: readonly GameView[];
}

/** The slices that show games. */
export interface GameSlices {
  readonly games: Slice<GameList>;
  readonly game: Slices<GameView | undefined>;
}

/** Creates the slices that show the games that `now` returns. */
export function gameSlices(batch: Batch, now: () => Games | undefined): GameSlices {
  const empty: GameList = { loaded: false, fromCache: false, loading: false, games: [] };
  return {
    games: batch.slice((before) => now()?.list(before) ?? empty),
    game: batch.slices((id, before) => now()?.view(id, before)),
  };
}

export interface GamesConfig {
  readonly games: ServiceClient<typeof GameService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** Returns the user who is signed in, as far as it is known. */
  readonly self: () => Participant;
  /** Returns the user's own items that are on their way to a game. */
  readonly outgoing: (gameId: string) => readonly OutboxItem[];
  /** How many games that are over are kept. */
  readonly maxPast: number;
  readonly slices: GameSlices;
}

/** The games that the user who is signed in sees. */
export class Games {
  /** In the order of their last change. */
  private readonly known = new Map<string, Game>();
  private loaded = false;
  private restored = false;
  /** The ids of games from the cache that the server has not sent yet. */
  private readonly stale = new Set<string>();
  private cached: readonly Game[] | undefined;

  constructor(private readonly config: GamesConfig) {}

  list(before: GameList | undefined): GameList {
    const views = [...this.known.keys()].flatMap((id) => this.config.slices.game.of(id).getSnapshot() ?? []);
    views.sort((a, b) => startOf(a.game) - startOf(b.game) || (a.id < b.id ? -1 : 1));
    const state = { loaded: this.loaded && this.stale.size === 0, loading: !this.loaded };
    return sameFields(before, { ...loadingOf(state, this.restored), games: sameItems(before?.games, views) });
  }

  /** Shows what was cached, until the server answers. */
  restore(cached: readonly Game[]): void {
    if (!this.loaded) {
      this.restored = true;
      cached
        .filter(({ id }) => !this.known.has(id))
        .forEach((game) => {
          this.stale.add(game.id);
          this.put(game);
        });
      this.config.slices.games.touch();
    }
  }

  /** Returns what is to be cached, the live ones first; undefined while nothing is known. */
  cache(): readonly Game[] | undefined {
    if (!this.loaded && !this.restored) {
      return undefined;
    }
    const latest = [...this.known.values()].reverse();
    const past = latest.filter((game) => !isLive(game)).slice(0, maxCachedPast);
    this.cached = sameItems(this.cached, [...latest.filter(isLive), ...past]);
    return this.cached;
  }

  view(id: string, before: GameView | undefined): GameView | undefined {
    const game = this.known.get(id);
    if (game === undefined) {
      return undefined;
    }
    const pending = sameItems(
      before?.pending,
      this.config.outgoing(id).filter((item) => item.state !== "sent"),
    );
    if (before?.game === game && before.pending === pending) {
      return before;
    }
    const shown = pending.reduce((g, item) => (item.state === "failed" ? g : withAction(g, item, this.config.self())), game);
    return { id, game, shown, pending };
  }

  apply({ payload }: Event): void {
    switch (payload.case) {
      case "gameSnapshot":
      case "gameCreated":
      case "statusChanged":
      case "gameUpdated":
        this.take(payload.value.game);
        return;
      case "scoreUpdated": {
        const { gameId, version, sets, correction } = payload.value;
        this.change(gameId, version, () => ({ sets }));
        if (correction) {
          // The event does not say who corrected the score.
          void this.load(gameId).catch(() => undefined);
        }
        return;
      }
      case "participantsChanged":
        this.change(payload.value.gameId, payload.value.version, (game) => withParticipants(game, payload.value));
        return;
      default:
        return;
    }
  }

  /** Takes a game as the server has it, unless the known one is newer. */
  take(game: Game | undefined): void {
    if (game === undefined) {
      return;
    }
    const isStale = this.stale.delete(game.id);
    const version = this.known.get(game.id)?.version ?? 0;
    if (isStale || version <= game.version) {
      this.put(game);
    }
  }

  private change(id: string, version: number, f: (game: Game) => Partial<Game>): void {
    const game = this.known.get(id);
    // The answer to a call may have been faster than the event.
    if (game !== undefined && version > game.version) {
      this.put({ ...game, ...f(game), version });
    }
  }

  private put(game: Game): void {
    this.known.delete(game.id);
    this.known.set(game.id, game);
    const past = [...this.known.values()].filter((g) => !isLive(g));
    past.slice(0, Math.max(0, past.length - this.config.maxPast)).forEach((g) => this.forget(g.id));
    this.touch(game.id);
  }

  /** Notes that the snapshots of all live games have arrived. */
  complete(): void {
    if (!this.loaded || this.stale.size > 0) {
      this.loaded = true;
      this.config.slices.games.touch();
      void this.refresh([...this.stale]);
    }
  }

  /** Loads the games from the cache that have ended, if they were live or are shown. Forgets the others. */
  private async refresh(ids: readonly string[]): Promise<void> {
    const { batch, slices, signal, fault } = this.config;
    const isWanted = (id: string) => {
      const game = this.known.get(id);
      return (game !== undefined && isLive(game)) || slices.game.of(id).isWatched();
    };
    const wanted = ids.filter(isWanted);
    batch.run(() => ids.filter((id) => !wanted.includes(id)).forEach((id) => this.forget(id)));
    for (const id of wanted) {
      try {
        await this.load(id);
      } catch (e) {
        if (signal.aborted || isTransient(fault(e))) {
          // The next stream loads them again.
          return;
        }
        batch.run(() => this.forget(id));
      }
    }
  }

  private forget(id: string): void {
    this.stale.delete(id);
    this.known.delete(id);
    this.touch(id);
  }

  async load(gameId: string): Promise<void> {
    const { game } = await this.config.games.getGame({ gameId }, { signal: this.config.signal });
    this.config.batch.run(() => this.take(game));
  }

  outgoingChanged(gameId: string): void {
    this.touch(gameId);
  }

  private touch(gameId: string): void {
    this.config.slices.game.touch(gameId);
    this.config.slices.games.touch();
  }
}

/** How many games that are over are cached. */
const maxCachedPast = 50;

function isLive(game: Game): boolean {
  return game.status === GameStatus.SCHEDULED || game.status === GameStatus.ONGOING;
}

function startOf(game: Game): number {
  return Number(game.gameDate?.seconds ?? 0n);
}

/** Returns the participants of a game after a change. */
function withParticipants(game: Game, { joined, waiting, left, promoted }: ParticipantsChanged): Partial<Game> {
  const without = (people: Participant[], ...ids: string[]) => people.filter((p) => !ids.includes(p.userId));
  return {
    participants: [...without(game.participants, ...left), ...joined],
    waitingList: [...without(game.waitingList, ...left, ...promoted), ...waiting],
  };
}

/** Returns the game as it will be when the server has applied an item of the outbox. */
function withAction(game: Game, { action }: OutboxItem, self: Participant): Game {
  const without = (people: Participant[]) => people.filter((p) => p.userId !== self.userId);
  switch (action.kind) {
    case "join_game": {
      if ([...game.participants, ...game.waitingList].some((p) => p.userId === self.userId)) {
        return game;
      }
      return game.participants.length < game.maxParticipants
        ? { ...game, participants: [...game.participants, self] }
        : { ...game, waitingList: [...game.waitingList, self] };
    }
    case "leave_game":
      return { ...game, participants: without(game.participants), waitingList: without(game.waitingList) };
    case "set_teams":
      return { ...game, team1: [...action.team1], team2: [...action.team2] };
    case "update_score": {
      const { setNumber, team1Score, team2Score } = action;
      const set = create(SetScoreSchema, { setNumber, team1Score, team2Score });
      const others = game.sets.filter((s) => s.setNumber !== setNumber);
      return { ...game, sets: [...others, set].sort((a, b) => a.setNumber - b.setNumber) };
    }
    default:
      return game;
  }
}
