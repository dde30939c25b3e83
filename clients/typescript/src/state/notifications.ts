import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Fault } from "../errors.js";
import type { Event } from "../gen/dongbaejul/v1/events_pb.js";
import type { Notification, NotificationService } from "../gen/dongbaejul/v1/notifications_pb.js";
import type { CachedNotifications } from "../offline/types.js";
import { Loader, loadingOf } from "./loader.js";
import type { Loading } from "./loader.js";
import { sameFields, sameItems } from "./store.js";
import type { Batch, Slice } from "./store.js";

export interface NotificationList extends Loading {
  /** The newest first. */
  readonly notifications: readonly Notification[];
  readonly unread: number;
  /** Whether there are older ones to load. */
  readonly hasOlder: boolean;
}

const pageSize = 50;

/** Creates the slice that shows the notifications that `now` returns. */
export function notificationSlice(batch: Batch, now: () => Notifications | undefined): Slice<NotificationList> {
  const empty: NotificationList = { loaded: false, fromCache: false, loading: false, notifications: [], unread: 0, hasOlder: false };
  return batch.slice((before) => now()?.list(before) ?? empty);
}

export interface NotificationsConfig {
  readonly notifications: ServiceClient<typeof NotificationService>;
  readonly batch: Batch;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** How many are kept. */
  readonly max: number;
  readonly slice: Slice<NotificationList>;
}

/** The notifications of the user who is signed in. */
export class Notifications {
  /** The newest first. */
  private items: Notification[] = [];
  private unread = 0;
  /** Whether the server has older ones. */
  private more = false;
  private readonly loader: Loader;
  private older: Promise<void> | undefined;
  private restored = false;
  /** The notifications from the cache. The server's list replaces them. */
  private stale: readonly Notification[] = [];
  private cached: CachedNotifications | undefined;

  constructor(private readonly config: NotificationsConfig) {
    this.loader = new Loader(
      (signal) => this.loadNewest(signal),
      config.signal,
      () => config.slice.touch(),
      config.fault,
    );
  }

  list(before: NotificationList | undefined): NotificationList {
    const notifications = sameItems(before?.notifications, this.items);
    const hasOlder = this.more && this.items.length < this.config.max;
    return sameFields(before, { ...loadingOf(this.loader.loading, this.restored), notifications, unread: this.unread, hasOlder });
  }

  /** Shows what was cached, until the server answers. */
  restore(cached: CachedNotifications): void {
    if (!this.loader.loading.loaded) {
      const arrived = this.items.filter((n) => n.seq > (cached.notifications[0]?.seq ?? 0n));
      this.restored = true;
      this.stale = cached.notifications;
      this.more = cached.hasOlder;
      this.unread += cached.unread;
      this.set([...arrived, ...cached.notifications]);
    }
  }

  /** Returns what is to be cached; undefined while nothing is known. */
  cache(): CachedNotifications | undefined {
    const known = this.restored || this.loader.loading.loaded;
    const now = { notifications: this.items, unread: this.unread, hasOlder: this.more };
    this.cached = known ? sameFields<CachedNotifications>(this.cached, now) : undefined;
    return this.cached;
  }

  /** Loads them again: no event says what was read on other devices. */
  reload(): void {
    void this.loader.request();
  }

  apply({ payload }: Event): void {
    if (payload.case === "notification") {
      this.add(payload.value);
    } else if (payload.case === "resyncRequired" && payload.value.roomId === "") {
      void this.loader.request();
    }
  }

  private add(notification: Notification): void {
    const newest = this.items[0]?.seq ?? 0n;
    if (notification.seq <= newest) {
      return;
    }
    this.unread += notification.read ? 0 : 1;
    this.set([notification, ...this.items]);
  }

  private async loadNewest(signal: AbortSignal): Promise<void> {
    const page = await this.config.notifications.listNotifications({ limit: pageSize }, { signal });
    this.config.batch.run(() => {
      const newest = page.notifications[0]?.seq ?? 0n;
      const oldest = page.notifications[page.notifications.length - 1]?.seq ?? 0n;
      const arrived = this.items.filter((n) => n.seq > newest && !this.stale.includes(n));
      // Older ones that were loaded are kept if none is missing between them and the page.
      const continues = this.loader.loading.loaded && this.items.some((n) => n.seq === oldest);
      const older = continues ? this.items.filter((n) => n.seq < oldest) : [];
      this.more = older.length > 0 ? this.more : page.hasMore;
      this.stale = [];
      this.unread = page.unreadCount + arrived.filter((n) => !n.read).length;
      this.set([...arrived, ...page.notifications, ...older]);
    });
  }

  /** Loads a page of older ones, once at a time. */
  loadOlder(): Promise<void> {
    this.older ??= this.loadPage().finally(() => (this.older = undefined));
    return this.older;
  }

  private async loadPage(): Promise<void> {
    const last = this.items[this.items.length - 1]?.seq;
    if (!this.more || last === undefined) {
      return;
    }
    const request = { beforeSeq: last, limit: pageSize };
    const { notifications, hasMore } = await this.config.notifications.listNotifications(request, { signal: this.config.signal });
    this.config.batch.run(() => {
      // Otherwise the list was loaded again meanwhile.
      if (this.items[this.items.length - 1]?.seq === last) {
        this.more = hasMore;
        this.set([...this.items, ...notifications]);
      }
    });
  }

  /** Marks all up to one as read; all of them when left out. */
  async markRead(upTo: bigint | undefined): Promise<void> {
    const seq = upTo ?? this.items[0]?.seq;
    if (seq === undefined) {
      return;
    }
    const newest = this.items[0]?.seq;
    this.config.batch.run(() => {
      const seen = this.items.filter((n) => n.seq <= seq && !n.read).length;
      this.unread = seq >= (newest ?? 0n) ? 0 : Math.max(0, this.unread - seen);
      this.set(this.items.map((n) => (n.seq <= seq && !n.read ? { ...n, read: true } : n)));
    });
    try {
      const { unreadCount } = await this.config.notifications.markNotificationsRead({ upTo: seq }, { signal: this.config.signal });
      // A list that is being loaded may be older than this.
      if (this.items[0]?.seq === newest && !this.loader.loading.loading) {
        this.unread = unreadCount;
        this.config.slice.touch();
      } else {
        void this.loader.request();
      }
    } catch (e) {
      void this.loader.request();
      throw e;
    }
  }

  private set(items: Notification[]): void {
    this.more ||= items.length > this.config.max;
    this.items = items.slice(0, this.config.max);
    this.config.slice.touch();
  }
}
