import { useMemo } from "react";
import type { ClientSession, SessionState, SubscriptionState, UserProfile } from "../index.js";
import type { Permission } from "./permission.js";
import { useClient, useClub } from "./provider.js";
import { useReadable, useSelected } from "./readable.js";

/** The session's state, with the actions of ClientSession. These reject on failure; `client.fault(error)` returns why. */
export type SessionHook = SessionState & Pick<ClientSession, "startSignIn" | "completeSignIn" | "signOut">;

export function useSession(): SessionHook {
  const { session } = useClient();
  const state = useReadable(session.state);
  const actions = useMemo(
    () => ({
      startSignIn: (redirectUri: string) => session.startSignIn(redirectUri),
      completeSignIn: (answer: Parameters<ClientSession["completeSignIn"]>[0]) => session.completeSignIn(answer),
      signOut: (options?: Parameters<ClientSession["signOut"]>[0]) => session.signOut(options),
    }),
    [session],
  );
  return useMemo(() => ({ ...state, ...actions }), [state, actions]);
}

/** Returns the signed-in user's id; undefined while nobody is signed in. */
export function useUserId(): string | undefined {
  return useSelected(useClient().session.state, userIdOf);
}

function userIdOf(state: SessionState): string | undefined {
  return state.status === "signed_in" ? state.userId : undefined;
}

/** Returns the user's own profile; undefined until it is loaded. useProfile also returns the state of loading. */
export function useMe(): UserProfile | undefined {
  return useReadable(useClub().me);
}

const none: readonly string[] = [];

/** Reports whether the user's role allows something. The server decides; this is for what the UI offers. */
export function usePermission(permission: Permission): boolean {
  const club = useClub();
  const atSignIn = useSelected(useClient().session.state, permissionsOf);
  const isKnown = useSelected(club.me, isDefined);
  const now = useReadable(club.permissions);
  return (isKnown ? now : atSignIn).includes(permission);
}

function permissionsOf(state: SessionState): readonly string[] {
  return state.status === "signed_in" ? state.permissions : none;
}

function isDefined(value: unknown): boolean {
  return value !== undefined;
}

/** The state of the connection. */
export type ConnectionHook = SubscriptionState & {
  /** Reconnects at once if the connection waits, or was replaced by a stream of the same device name. */
  reconnect(): void;
};

export function useConnection(): ConnectionHook {
  const club = useClub();
  const state = useReadable(club.connection);
  const reconnect = useMemo(() => () => club.reconnect(), [club]);
  return useMemo(() => ({ ...state, reconnect }), [state, reconnect]);
}

/** Returns the ids of those who are online. */
export function usePresence(): ReadonlySet<string> {
  return useReadable(useClub().presence);
}

/** Reports whether a user is online. The component renders again only when that changes. */
export function useOnline(userId: string): boolean {
  return useReadable(useClub().online(userId));
}
