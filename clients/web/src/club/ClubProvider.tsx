import { type Club, createClub, createOutbox, type Event, type SessionState } from "@dongbaejul/client";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { ClubClient } from "./client";
import { RemoteCache } from "./remote";
import { useReadable } from "./useReadable";

type EventListener = (event: Event) => void;

interface Following {
  client: ClubClient;
  club: Club;
  /** Who wants to know of every event. */
  listeners: Set<EventListener>;
}

const FollowingContext = createContext<Following | undefined>(undefined);

/** Everything below may call the server, and sees the club as whoever is signed in does, kept up to date. */
export function ClubProvider({ client, children }: { client: ClubClient; children: ReactNode }) {
  const [following] = useState(() => follow(client));
  useEffect(() => {
    following.club.start();
    return () => void following.club.stop();
  }, [following]);
  return <FollowingContext value={following}>{children}</FollowingContext>;
}

function follow(client: ClubClient): Following {
  const listeners = new Set<EventListener>();
  const club = createClub(client, {
    outbox: createOutbox(client, { storage: localStorage }),
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  return { client, club, listeners };
}

interface User {
  userId: string;
  cache: RemoteCache;
}

const UserContext = createContext<User | undefined>(undefined);

/** Everything below belongs to one user. Give it their id as its key, so that nothing of one user is shown to the next. */
export function UserProvider({ userId, children }: { userId: string; children: ReactNode }) {
  const client = useClient();
  const [user] = useState(() => ({ userId, cache: new RemoteCache(client.fault) }));
  return <UserContext value={user}>{children}</UserContext>;
}

function given<T>(value: T | undefined, provider: string): T {
  if (value === undefined) throw new Error(`used outside of ${provider}`);
  return value;
}

function useFollowing(): Following {
  return given(useContext(FollowingContext), "ClubProvider");
}

function useUser(): User {
  return given(useContext(UserContext), "UserProvider");
}

/** The typed calls of the services. */
export function useClient(): ClubClient {
  return useFollowing().client;
}

/** The club's state; see `Club` in @dongbaejul/client. */
export function useClub(): Club {
  return useFollowing().club;
}

/** Whether somebody is signed in. */
export function useSession(): SessionState {
  return useReadable(useClient().session.state);
}

/** The signed-in user's id. */
export function useUserId(): string {
  return useUser().userId;
}

/** Whether the user's role allows something, such as "games.manage". The server decides; this is for what to show. */
export function useMay(permission: string): boolean {
  const session = useSession();
  const known = useReadable(useClub().me) !== undefined;
  const now = useReadable(useClub().permissions);
  const atSignIn = session.status === "signed_in" ? session.permissions : [];
  return (known ? now : atSignIn).includes(permission);
}

/** What was asked of the server already. */
export function useRemoteCache(): RemoteCache {
  return useUser().cache;
}

/** Calls the listener with every event of the club. */
export function useClubEvent(listener: EventListener) {
  const { listeners } = useFollowing();
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, listener]);
}
