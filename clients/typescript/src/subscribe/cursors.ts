import { create } from "@bufbuild/protobuf";
import { EventSchema } from "../gen/dongbaejul/v1/events_pb.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import { GameStatus } from "../gen/dongbaejul/v1/games_pb.js";
import type { Game } from "../gen/dongbaejul/v1/games_pb.js";
import { ResyncReason } from "../gen/dongbaejul/v1/streams_pb.js";
import type { Heads, Presence, ResyncRequired } from "../gen/dongbaejul/v1/streams_pb.js";

/** How many rooms, and how many games, a request may name. */
const maxNamed = 1000;
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
export interface Sieve {
  /** What to ask a new connection for. */
  open(): {
    rooms: { roomId: string; seq: bigint }[];
    notificationSeq?: bigint;
    games: { gameId: string; version: number }[];
  };
  take(events: readonly Event[]): Taken;
  /** Notes that a game cannot be followed: it is not named to a new connection. */
  settled(gameId: string): void;
  /** The cursors as text, to be restored from. */
  save(): string;
}

/** Makes a sieve, with the cursors that another has saved. */
export function createSieve(saved: string | null): Sieve {
  const { rooms, notifications: seen } = restore(saved);
  let notifications = seen;
  /** Whether there were cursors to begin with: then a room that is not among them is news. */
  let resumed = rooms !== undefined;
  const cursors = rooms ?? new Map<string, bigint>();
  const games = new Map<string, { version: number; live: boolean }>();
  /** By room, and "" for notifications, the number after which something was missing last. */
  const gaps = new Map<string, bigint>();
  /** How far the heartbeat before said that everything has come. */
  let heads: Heads | undefined;
  let online: string | undefined;

  /** Takes one event; false where something before it is missing. */
  const takeOne = (event: Event, pass: Event[], read: string[]): boolean => {
    const { payload } = event;
    switch (payload.case) {
      case "hello":
        pass.push(event, ...meet(payload.value.heads));
        return true;
      case "heartbeat":
        pass.push(event);
        return holds(payload.value.heads);
      case "resyncRequired":
        resync(payload.value);
        pass.push(event);
        return true;
      case "message":
      case "messageEdited":
      case "messageDeleted":
      case "memberJoined":
      case "memberLeft":
        return number(event, payload.value.roomId, payload.value.seq, pass);
      case "notification":
        return number(event, "", payload.value.seq, pass);
      case "roomLeft":
        cursors.delete(payload.value.roomId);
        pass.push(event);
        return true;
      case "gameSnapshot":
      case "gameCreated":
      case "statusChanged":
      case "gameUpdated":
        if (payload.value.game !== undefined && whole(payload.value.game)) {
          pass.push(event);
        }
        return true;
      case "scoreUpdated":
      case "participantsChanged":
        change(event, payload.value.gameId, payload.value.version, pass, read);
        return true;
      case "presence":
        if (appears(payload.value)) {
          pass.push(event);
        }
        return true;
      default:
        pass.push(event);
        return true;
    }
  };

  /** Takes up the cursors of what is followed from now on. A room that was not there before is to be read. */
  const meet = (told: Heads | undefined): Event[] => {
    const news: Event[] = [];
    for (const { roomId, seq } of told?.rooms ?? []) {
      if (!cursors.has(roomId)) {
        cursors.set(roomId, seq);
        if (resumed) {
          news.push(readAnew(roomId, seq));
        }
      }
    }
    notifications ??= told?.notificationSeq;
    resumed = true;
    return news;
  };

  /** Tells whether everything has come that the heartbeat before told of. */
  const holds = (told: Heads | undefined): boolean => {
    const before = heads;
    heads = told;
    return before === undefined || before.rooms.every(({ roomId, seq }) => (cursors.get(roomId) ?? seq) >= seq);
  };

  const resync = ({ roomId, reason, seq }: ResyncRequired): void => {
    if (roomId === "") {
      notifications = seq;
    } else if (reason === ResyncReason.NOT_FOUND) {
      cursors.delete(roomId);
    } else {
      cursors.set(roomId, seq);
    }
  };

  /** Lets the next entry of a log pass, and no other: a room's, or the notifications where roomId is empty. */
  const number = (event: Event, roomId: string, seq: bigint, pass: Event[]): boolean => {
    const last = roomId === "" ? notifications : cursors.get(roomId);
    // A room that the user has just come into begins anywhere.
    if (last !== undefined) {
      if (seq <= last) {
        return true;
      }
      if (seq !== last + one) {
        if (gaps.get(roomId) !== last) {
          gaps.set(roomId, last);
          return false;
        }
        // Asked for once already, and not given: then it is to be read.
        pass.push(readAnew(roomId, seq - one));
      }
    }
    if (roomId === "") {
      notifications = seq;
    } else {
      cursors.set(roomId, seq);
    }
    pass.push(event);
    return true;
  };

  /** Takes a game as it is; false where that is not news. */
  const whole = (game: Game): boolean => {
    const known = games.get(game.id);
    if (known !== undefined && game.version <= known.version) {
      return false;
    }
    const live = game.status === GameStatus.SCHEDULED || game.status === GameStatus.ONGOING;
    // Deleted first, so that the map is in the order of the last change.
    games.delete(game.id);
    games.set(game.id, { version: game.version, live });
    if (games.size > maxPast) {
      const [past] = [...games].find(([, g]) => !g.live) ?? [];
      games.delete(past ?? "");
    }
    return true;
  };

  /** Takes the next change of a game. After one that is missing the game is to be read. */
  const change = (event: Event, gameId: string, version: number, pass: Event[], read: string[]): void => {
    const known = games.get(gameId);
    if (known === undefined || version > known.version + 1) {
      read.push(gameId);
    } else if (version > known.version) {
      known.version = version;
      pass.push(event);
    }
  };

  /** Tells whether who is online is news. */
  const appears = (presence: Presence): boolean => {
    const before = online;
    online = presence.snapshot ? presence.online.slice().sort().join() : undefined;
    return online === undefined || online !== before;
  };

  return {
    open: () => {
      heads = undefined;
      // Rooms beyond the limit are as new ones: to be read anew.
      [...cursors.keys()].slice(maxNamed).forEach((id) => cursors.delete(id));
      const rooms = [...cursors].map(([roomId, seq]) => ({ roomId, seq }));
      // What has become of these since, the opening tells; of all others it tells what is live.
      const live = [...games].filter(([, game]) => game.live).slice(-maxNamed);
      return {
        rooms,
        ...(notifications === undefined ? {} : { notificationSeq: notifications }),
        games: live.map(([gameId, { version }]) => ({ gameId, version })),
      };
    },
    take: (events) => {
      const pass: Event[] = [];
      const read: string[] = [];
      const gap = !events.every((event) => takeOne(event, pass, read));
      return { pass, read, gap };
    },
    settled: (gameId) => {
      const known = games.get(gameId);
      if (known !== undefined) {
        known.live = false;
      }
    },
    save: () => {
      const rooms = Object.fromEntries([...cursors].map(([id, seq]) => [id, String(seq)]));
      return JSON.stringify({ rooms, ...(notifications === undefined ? {} : { notifications: String(notifications) }) });
    },
  };
}

const one = BigInt(1);

/** The cursors in a text; none where there are none in it. */
function restore(text: string | null): { rooms?: Map<string, bigint>; notifications?: bigint } {
  try {
    const { rooms, notifications } = JSON.parse(text ?? "") as { rooms: Record<string, string>; notifications?: string };
    return {
      rooms: new Map(Object.entries(rooms).map(([id, seq]) => [id, BigInt(seq)])),
      ...(notifications === undefined ? {} : { notifications: BigInt(notifications) }),
    };
  } catch {
    return {};
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
