import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Fault } from "../errors.js";
import type { Member, UserService } from "../gen/dongbaejul/v1/users_pb.js";
import { Loader, loadingOf } from "./loader.js";
import type { Loading } from "./loader.js";
import { sameFields, sameItems } from "./store.js";
import type { Batch, Slice } from "./store.js";

export interface MemberList extends Loading {
  /** All active members, by name. `club.online` reports whether one is online. */
  readonly members: readonly Member[];
}

/** Creates the slice that shows the members that `now` returns. */
export function memberSlice(batch: Batch, now: () => Members | undefined): Slice<MemberList> {
  const empty: MemberList = { loaded: false, fromCache: false, loading: false, members: [] };
  return batch.slice((before) => now()?.list(before) ?? empty);
}

const pageSize = 100;
/** A club has fewer members than this. It bounds the loop if the server never ends the list. */
const maxMembers = 10_000;

export interface MembersConfig {
  readonly users: ServiceClient<typeof UserService>;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  readonly slice: Slice<MemberList>;
}

/** The members of the club. */
export class Members {
  private items: readonly Member[] = [];
  private restored = false;
  private readonly loader: Loader;

  constructor(private readonly config: MembersConfig) {
    const { signal, slice, fault } = config;
    this.loader = new Loader(
      (s) => this.load(s),
      signal,
      () => slice.touch(),
      fault,
    );
  }

  list(before: MemberList | undefined): MemberList {
    return sameFields(before, { ...loadingOf(this.loader.loading, this.restored), members: sameItems(before?.members, this.items) });
  }

  /** Loads all of them. Resolves when that is done, or given up. */
  request(): Promise<void> {
    return this.loader.request();
  }

  /** Shows what was cached, until the server answers. */
  restore(cached: readonly Member[]): void {
    if (!this.loader.loading.loaded) {
      this.restored = true;
      this.items = cached;
      this.config.slice.touch();
    }
  }

  /** Returns what is to be cached; undefined while nothing is known. */
  cache(): readonly Member[] | undefined {
    return this.restored || this.loader.loading.loaded ? this.items : undefined;
  }

  private async load(signal: AbortSignal): Promise<void> {
    const members: Member[] = [];
    for (let pageToken = "", more = true; more && members.length < maxMembers; more = pageToken !== "") {
      const page = await this.config.users.listMembers({ limit: pageSize, ...(pageToken === "" ? {} : { pageToken }) }, { signal });
      members.push(...page.members);
      pageToken = page.nextPageToken;
    }
    this.items = members;
    this.config.slice.touch();
  }
}
