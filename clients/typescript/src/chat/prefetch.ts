import type { MessageRun } from "./messages.js";
import type { RoomState } from "./room.js";
import { byActivity } from "./views.js";

/** Of how many rooms the latest messages are loaded for the cache. */
const maxPrefetched = 20;

/** Loads the latest messages of the rooms that were active last, so that the cache has them. */
export class Prefetch {
  private running = false;

  constructor(
    private readonly rooms: ReadonlyMap<string, RoomState>,
    private readonly signal: AbortSignal,
  ) {}

  /** Loads one room after the other, each at most once, where the messages that are known may not be the latest. */
  async run(): Promise<void> {
    if (this.running) {
      return;
    }
    this.running = true;
    const requested = new Set<MessageRun>();
    const isMissing = ({ room, run }: RoomState) => !run.loading.loaded && run.upTo !== room.lastSeq && !requested.has(run);
    const next = () => [...this.rooms.values()].sort(byActivity).slice(0, maxPrefetched).find(isMissing);
    for (let room = next(); room !== undefined && !this.signal.aborted; room = next()) {
      requested.add(room.run);
      await room.run.load();
    }
    this.running = false;
  }
}
