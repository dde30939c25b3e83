import { create } from "@bufbuild/protobuf";
import { EventSchema } from "../gen/dongbaejul/v1/events_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { GameStatus } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game } from "../gen/dongbaejul/v1/games_pb.js";
import { ResyncReason } from "../gen/dongbaejul/v1/streams_pb.js";
import type { Heads, Presence, ResyncRequired } from "../gen/dongbaejul/v1/streams_pb.js";

/** How many rooms, and how many games, a request may name. */
const maxNamed = 1000;
/** How many past games are remembered, so that they are not delivered again. */
const maxPast = 500;

/** The result of taking a batch of events. */
export interface Taken {
  /** The events that are new, in order. */
  readonly news: Event[];
  /** The games to read whole, since a change of theirs is missing. */
  readonly read: string[];
  /** Whether a numbered event is missing: then a new connection is to be opened at the cursors. */
  readonly gap: boolean;
}

/**
 * Tracks which events of a user were received, and takes each event once: numbered ones by number, games by version. A
 * subscription resumes from its cursors.
 */
export interface Cursors {
  /** Returns what to ask a new connection for. */
  open(): {
    rooms: { roomId: string; seq: bigint }[];
    notificationSeq?: bigint;
    games: { gameId: string; version: number }[];
  };
  take(events: readonly Event[]): Taken;
  /** Stops naming a game to new connections, since it cannot be followed. */
  forget(gameId: string): void;
  /** Returns the cursors as text, for createCursors. */
  save(): string;
}

/** Creates cursors, from the text of others if there is one. */
export function createCursors(saved: string | null): Cursors {
  const restored = restore(saved);
  let { notifications } = restored;
  /** Whether there were stored cursors: then a room without one is new. */
  let resumed = restored.rooms !== undefined;
  const rooms = restored.rooms ?? new Map<string, bigint>();
  const games = new Map<string, { version: number; live: boolean }>();
  /** The number after which an event was last missing, by room; "" is the notifications. */
  const gaps = new Map<string, bigint>();
  /** The heads of the previous heartbeat. */
  let heads: Heads | undefined;
  let online: string | undefined;

  /** Takes one event. Returns false if something before it is missing. */
  const takeOne = (event: Event, news: Event[], read: string[]): boolean => {
    const { payload } = event;
    let isNew = true;
    switch (payload.case) {
      case "hello":
        news.push(event, ...begin(payload.value.heads));
        return true;
      case "heartbeat":
        news.push(event);
        return isComplete(payload.value.heads);
      case "message":
      case "messageEdited":
      case "messageDeleted":
      case "memberJoined":
      case "memberLeft":
        return takeNumbered(event, payload.value.roomId, payload.value.seq, news);
      case "notification":
        return takeNumbered(event, "", payload.value.seq, news);
      case "resyncRequired":
        resync(payload.value);
        break;
      case "roomLeft":
        rooms.delete(payload.value.roomId);
        break;
      case "gameSnapshot":
      case "gameCreated":
      case "statusChanged":
      case "gameUpdated":
        isNew = payload.value.game !== undefined && takeGame(payload.value.game);
        break;
      case "scoreUpdated":
      case "participantsChanged":
        isNew = takeChange(payload.value.gameId, payload.value.version, read);
        break;
      case "presence":
        isNew = takePresence(payload.value);
        break;
    }
    if (isNew) {
      news.push(event);
    }
    return true;
  };

  /** Takes the heads of a hello where there is no cursor yet. Returns the rooms to read, which are new. */
  const begin = (now: Heads | undefined): Event[] => {
    const unknown = now?.rooms.filter(({ roomId }) => !rooms.has(roomId)) ?? [];
    unknown.forEach(({ roomId, seq }) => rooms.set(roomId, seq));
    const news = resumed ? unknown.map(({ roomId, seq }) => resyncOf(roomId, seq)) : [];
    notifications ??= now?.notificationSeq;
    resumed = true;
    return news;
  };

  /** Reports whether everything up to the heads of the previous heartbeat was received. */
  const isComplete = (now: Heads | undefined): boolean => {
    const before = heads;
    heads = now;
    return before === undefined || before.rooms.every(({ roomId, seq }) => (rooms.get(roomId) ?? seq) >= seq);
  };

  const setCursor = (roomId: string, seq: bigint): void => {
    if (roomId === "") {
      notifications = seq;
    } else {
      rooms.set(roomId, seq);
    }
  };

  const resync = ({ roomId, reason, seq }: ResyncRequired): void => {
    if (roomId !== "" && reason === ResyncReason.NOT_FOUND) {
      rooms.delete(roomId);
    } else {
      setCursor(roomId, seq);
    }
  };

  /** Takes an event of a room, or of the notifications if roomId is empty, only if it is the next one. */
  const takeNumbered = (event: Event, roomId: string, seq: bigint, news: Event[]): boolean => {
    const last = roomId === "" ? notifications : rooms.get(roomId);
    // In a room that the user has just joined, the first number may be any.
    if (last !== undefined) {
      if (seq <= last) {
        return true;
      }
      if (seq !== last + one) {
        if (gaps.get(roomId) !== last) {
          gaps.set(roomId, last);
          return false;
        }
        // It was requested once already and was not sent, so it must be read.
        news.push(resyncOf(roomId, seq - one));
      }
    }
    setCursor(roomId, seq);
    news.push(event);
    return true;
  };

  /** Takes a complete game. Reports whether it is newer than the known one. */
  const takeGame = ({ id, version, status }: Game): boolean => {
    const known = games.get(id);
    if (known !== undefined && version <= known.version) {
      return false;
    }
    const live = status === GameStatus.SCHEDULED || status === GameStatus.ONGOING;
    // Deleted first, so that the map is in the order of the last change.
    games.delete(id);
    games.set(id, { version, live });
    if (games.size > maxPast) {
      const [past] = [...games].find(([, g]) => !g.live) ?? [];
      games.delete(past ?? "");
    }
    return true;
  };

  /** Takes a change of a game if it is the next one, and reports whether it is. If one is missing, the game must be read. */
  const takeChange = (gameId: string, version: number, read: string[]): boolean => {
    const known = games.get(gameId);
    if (known === undefined || version > known.version + 1) {
      read.push(gameId);
      return false;
    }
    const isNew = version > known.version;
    known.version = Math.max(version, known.version);
    return isNew;
  };

  /** Reports whether a presence event changes who is online. */
  const takePresence = (presence: Presence): boolean => {
    const before = online;
    online = presence.snapshot ? presence.online.slice().sort().join() : undefined;
    return online === undefined || online !== before;
  };

  return {
    open: () => {
      heads = undefined;
      // Rooms beyond the limit are treated as new ones, which are read.
      [...rooms.keys()].slice(maxNamed).forEach((id) => rooms.delete(id));
      // The server answers what has become of these games since, and with all others that are live.
      const live = [...games].filter(([, game]) => game.live).slice(-maxNamed);
      return {
        rooms: [...rooms].map(([roomId, seq]) => ({ roomId, seq })),
        ...(notifications !== undefined && { notificationSeq: notifications }),
        games: live.map(([gameId, { version }]) => ({ gameId, version })),
      };
    },
    take: (events) => {
      const news: Event[] = [];
      const read: string[] = [];
      const gap = !events.every((event) => takeOne(event, news, read));
      return { news, read, gap };
    },
    forget: (gameId) => {
      const known = games.get(gameId);
      if (known !== undefined) {
        known.live = false;
      }
    },
    // JSON has no bigint; an undefined one omits the field.
    save: () =>
      JSON.stringify({
        rooms: Object.fromEntries([...rooms].map(([id, seq]) => [id, String(seq)])),
        notifications: notifications?.toString(),
      }),
  };
}

const one = BigInt(1);

/** Parses cursors; returns empty ones if the text is invalid. */
function restore(text: string | null): { rooms?: Map<string, bigint>; notifications?: bigint | undefined } {
  try {
    const { rooms, notifications } = JSON.parse(text ?? "") as { rooms: Record<string, string>; notifications?: string };
    return {
      rooms: new Map(Object.entries(rooms).map(([id, seq]) => [id, BigInt(seq)])),
      notifications: notifications === undefined ? undefined : BigInt(notifications),
    };
  } catch {
    return {};
  }
}

/** Returns a resync event of the client's own, for what cannot be delivered event by event. */
function resyncOf(roomId: string, seq: bigint): Event {
  return create(EventSchema, {
    payload: { case: "resyncRequired", value: { reason: ResyncReason.UNSPECIFIED, roomId, seq } },
  });
}

/** Returns the event of a game that was read. */
export function snapshotOf(game: Game): Event {
  return create(EventSchema, { payload: { case: "gameSnapshot", value: { game } } });
}
