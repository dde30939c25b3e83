import type { OutboxItem } from "../outbox/types.js";

const none: readonly OutboxItem[] = [];

/** The items of the outbox by lane: those of one lane are sent one after another. */
export class OutboxLanes {
  private lanes = new Map<string, readonly OutboxItem[]>();

  of(lane: string): readonly OutboxItem[] {
    return this.lanes.get(lane) ?? none;
  }

  /** Takes the items of the outbox. Returns those that are new or have changed, and the lanes that have changed. */
  update(items: readonly OutboxItem[]): { changed: readonly OutboxItem[]; lanes: ReadonlySet<string> } {
    const removed = new Set([...this.lanes.values()].flat());
    this.lanes = new Map();
    const changed: OutboxItem[] = [];
    for (const item of items) {
      this.lanes.set(item.lane, [...this.of(item.lane), item]);
      if (!removed.delete(item)) {
        changed.push(item);
      }
    }
    return { changed, lanes: new Set([...changed, ...removed].map((item) => item.lane)) };
  }
}
