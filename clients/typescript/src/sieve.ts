import { create } from "@bufbuild/protobuf";
import { EventSchema } from "./gen/dongbaejul/v1/events_pb.js";
import type { Event } from "./gen/dongbaejul/v1/events_pb.js";
import { GameStatus } from "./gen/dongbaejul/v1/games_pb.js";
import type { Game } from "./gen/dongbaejul/v1/games_pb.js";
import { ResyncReason } from "./gen/dongbaejul/v1/streams_pb.js";
import type { Heads, ResyncRequired } from "./gen/dongbaejul/v1/streams_pb.js";

/** How many rooms a request may name. */
const maxRooms = 1000;
/** How many games that are over are remembered, so that they are not told of again. */
const maxPast = 500;

/** What a batch of events comes to. */
export interface Taken {
  /** What is new, in order. */
  readonly pass: Event[];
  /** Games to be read whole: what happened to them was not told. */
  readonly read: string[];
  /** A numbered thing is missing: the connection is to be opened anew, from the cursors. */
  readonly gap: boolean;
}

/**
 * Lets each event pass once: numbered ones by their number, games by their version. It knows the cursors, so it is what a
 * subscription resumes by.
 */
export class Sieve {
  private readonly rooms = new Map<string, bigint>();
  private notifications: bigint | undefined;
  /** Whether there were cursors to begin with: then a room that is not among them is news. */
  private resumed: boolean;
  private readonly games = new Map<string, { version: bigint; live: boolean }>();
  /** The games told of since the hello; undefined once the opening is over. */
  private opening: Set<string> | undefined;
  private lastGap = "";
  /** How far the heartbeat before said that everything has come. */
  private heads: Heads | undefined;
  private online: string | undefined;

  constructor(saved: string | null) {
    this.resumed = saved !== null && this.restore(saved);
  }

  /** The cursors as text, to be restored from. */
  save(): string {
    const rooms: Record<string, string> = {};
    this.rooms.forEach((seq, id) => (rooms[id] = String(seq)));
    return JSON.stringify({ rooms, ...(this.notifications === undefined ? {} : { notifications: String(this.notifications) }) });
  }

  private restore(text: string): boolean {
    try {
      const saved = JSON.parse(text) as { rooms: Record<string, string>; notifications?: string };
      for (const [id, seq] of Object.entries(saved.rooms)) {
        this.rooms.set(id, BigInt(seq));
      }
      this.notifications = saved.notifications === undefined ? undefined : BigInt(saved.notifications);
      return true;
    } catch {
      this.rooms.clear();
      return false;
    }
  }

  /** What to ask a new connection for. */
  open(): { rooms: { roomId: string; seq: bigint }[]; notificationSeq?: bigint } {
    this.heads = undefined;
    // Rooms beyond the limit are as new ones: to be read anew.
    [...this.rooms.keys()].slice(maxRooms).forEach((id) => this.rooms.delete(id));
    const rooms = [...this.rooms].map(([roomId, seq]) => ({ roomId, seq }));
    return { rooms, ...(this.notifications === undefined ? {} : { notificationSeq: this.notifications }) };
  }

  take(events: readonly Event[]): Taken {
    const taken: Taken = { pass: [], read: [], gap: false };
    for (const event of events) {
      if (!this.takeOne(event, taken)) {
        return { ...taken, gap: true };
      }
    }
    return taken;
  }

  /** False where something before the event is missing. */
  private takeOne(event: Event, { pass, read }: Taken): boolean {
    const { payload } = event;
    switch (payload.case) {
      case "hello":
        this.opening = new Set();
        pass.push(event, ...this.meet(payload.value.heads));
        return true;
      case "heartbeat":
        pass.push(event);
        return this.holds(payload.value.heads);
      case "resyncRequired":
        this.resync(payload.value);
        pass.push(event);
        return true;
      case "message":
      case "messageEdited":
      case "messageDeleted":
      case "memberJoined":
      case "memberLeft":
        return this.number(event, payload.value.roomId, payload.value.seq, pass);
      case "notification":
        return this.number(event, "", payload.value.seq, pass);
      case "roomLeft":
        this.rooms.delete(payload.value.roomId);
        pass.push(event);
        return true;
      case "gameSnapshot":
      case "gameCreated":
      case "statusChanged":
      case "gameUpdated":
        if (payload.value.game !== undefined && this.whole(payload.value.game)) {
          pass.push(event);
        }
        return true;
      case "scoreUpdated":
      case "participantsChanged":
        this.change(event, payload.value.gameId, payload.value.version, pass, read);
        return true;
      case "presence":
        if (payload.value.snapshot) {
          // It ends the opening.
          read.push(...this.untold());
          const online = [...payload.value.online].sort().join();
          if (online === this.online) {
            return true;
          }
          this.online = online;
        } else {
          this.online = undefined;
        }
        pass.push(event);
        return true;
      default:
        pass.push(event);
        return true;
    }
  }

  /** Takes up the cursors of what is followed from now on. A room that was not there before is to be read. */
  private meet(heads: Heads | undefined): Event[] {
    const news: Event[] = [];
    for (const { roomId, seq } of heads?.rooms ?? []) {
      if (!this.rooms.has(roomId)) {
        this.rooms.set(roomId, seq);
        if (this.resumed) {
          news.push(readAnew(roomId, seq));
        }
      }
    }
    this.notifications ??= heads?.notificationSeq;
    this.resumed = true;
    return news;
  }

  /** Tells whether everything has come that the heartbeat before told of. */
  private holds(heads: Heads | undefined): boolean {
    const before = this.heads;
    this.heads = heads;
    return before === undefined || before.rooms.every(({ roomId, seq }) => (this.rooms.get(roomId) ?? seq) >= seq);
  }

  private resync({ roomId, reason, seq }: ResyncRequired): void {
    if (roomId === "") {
      this.notifications = seq;
    } else if (reason === ResyncReason.NOT_FOUND) {
      this.rooms.delete(roomId);
    } else {
      this.rooms.set(roomId, seq);
    }
  }

  /** Lets the next entry of a log pass, and no other: a room's, or the notifications where roomId is empty. */
  private number(event: Event, roomId: string, seq: bigint, pass: Event[]): boolean {
    const last = roomId === "" ? this.notifications : this.rooms.get(roomId);
    // A room that the user has just come into begins anywhere.
    if (last !== undefined) {
      if (seq <= last) {
        return true;
      }
      if (seq > last + 1n) {
        const gap = `${roomId}:${last}`;
        if (gap !== this.lastGap) {
          this.lastGap = gap;
          return false;
        }
        // Asked for once already, and not given: then it is to be read.
        pass.push(readAnew(roomId, seq - 1n));
      }
    }
    if (roomId === "") {
      this.notifications = seq;
    } else {
      this.rooms.set(roomId, seq);
    }
    pass.push(event);
    return true;
  }

  /** Takes a game as it is; false where that is not news. */
  private whole(game: Game): boolean {
    this.opening?.add(game.id);
    const known = this.games.get(game.id);
    if (known !== undefined && game.version <= known.version) {
      return false;
    }
    const live = game.status === GameStatus.SCHEDULED || game.status === GameStatus.ONGOING;
    // Deleted first, so that the map is in the order of the last change.
    this.games.delete(game.id);
    this.games.set(game.id, { version: game.version, live });
    this.forgetPast();
    return true;
  }

  /** Takes the next change of a game. After one that is missing the game is to be read. */
  private change(event: Event, gameId: string, version: bigint, pass: Event[], read: string[]): void {
    const known = this.games.get(gameId);
    if (known === undefined || version > known.version + 1n) {
      read.push(gameId);
    } else if (version === known.version + 1n) {
      known.version = version;
      pass.push(event);
    }
  }

  /** The games that were live and that an opening did not tell of: they have ended, or are too old to be told of. */
  private untold(): string[] {
    const told = this.opening;
    this.opening = undefined;
    if (told === undefined) {
      return [];
    }
    return [...this.games].filter(([id, game]) => game.live && !told.has(id)).map(([id]) => id);
  }

  /** Notes that a game was read: it is not asked for again because of the same. */
  settled(gameId: string): void {
    const known = this.games.get(gameId);
    if (known !== undefined) {
      known.live = false;
    }
  }

  private forgetPast(): void {
    if (this.games.size <= maxPast) {
      return;
    }
    for (const [id, game] of this.games) {
      if (!game.live) {
        this.games.delete(id);
        return;
      }
    }
  }
}

/** What the client itself says where it cannot give something one by one. */
function readAnew(roomId: string, seq: bigint): Event {
  return create(EventSchema, {
    payload: { case: "resyncRequired", value: { reason: ResyncReason.UNSPECIFIED, roomId, seq } },
  });
}

/** The event of a game that was read. */
export function snapshotOf(game: Game): Event {
  return create(EventSchema, { payload: { case: "gameSnapshot", value: { game } } });
}
