import type { Client as ServiceClient } from "@connectrpc/connect";
import type { Fault } from "../errors.js";
import type { AuthService } from "../gen/dongbaejul/v1/auth_pb.js";
import type { UserProfile } from "../gen/dongbaejul/v1/users_pb.js";
import type { CachedProfile } from "../offline/types.js";
import { Loader, loadingOf } from "./loader.js";
import type { Loading } from "./loader.js";
import { sameFields } from "./store.js";
import type { Batch, Slice } from "./store.js";

/** The user's own account. */
export interface ProfileState extends Loading {
  /** Undefined until it is known. */
  readonly user: UserProfile | undefined;
  /** What the user's role allows, such as "posts.pin". */
  readonly permissions: readonly string[];
}

const none: readonly string[] = [];

/** Creates the slice that shows the account that `now` returns. */
export function profileSlice(batch: Batch, now: () => Profile | undefined): Slice<ProfileState> {
  const empty: ProfileState = { loaded: false, fromCache: false, loading: false, user: undefined, permissions: none };
  return batch.slice((before) => now()?.show(before) ?? empty);
}

export interface ProfileConfig {
  readonly auth: ServiceClient<typeof AuthService>;
  readonly signal: AbortSignal;
  readonly fault: (error: unknown) => Fault;
  /** Is called when something may have changed. */
  readonly touch: () => void;
}

/** The account of the user who is signed in. */
export class Profile {
  private known: CachedProfile | undefined;
  private restored = false;
  private readonly loader: Loader;

  constructor(private readonly config: ProfileConfig) {
    const { signal, touch, fault } = config;
    this.loader = new Loader((s) => this.load(s), signal, touch, fault);
  }

  get user(): UserProfile | undefined {
    return this.known?.user;
  }

  show(before: ProfileState | undefined): ProfileState {
    const { user, permissions = none } = this.known ?? {};
    return sameFields(before, { ...loadingOf(this.loader.loading, this.restored), user, permissions });
  }

  /** Loads it again. */
  reload(): void {
    void this.loader.request();
  }

  /** Shows what was cached, until the server answers. */
  restore(cached: CachedProfile): void {
    if (!this.loader.loading.loaded) {
      this.restored = true;
      this.known = cached;
      this.config.touch();
    }
  }

  /** Returns what is to be cached; undefined while nothing is known. */
  cache(): CachedProfile | undefined {
    return this.known;
  }

  private async load(signal: AbortSignal): Promise<void> {
    const { user, permissions } = await this.config.auth.verifyToken({}, { signal });
    this.known = user && { user, permissions };
    this.config.touch();
  }
}
