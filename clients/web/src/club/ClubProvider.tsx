import { type Club, createClub, createOutbox, type Event, type SessionState } from "@dongbaejul/client";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { ClubClient } from "./client";
import { RemoteCache } from "./remote";
import { useReadable } from "./useReadable";

const ClientContext = createContext<ClubClient | undefined>(undefined);

/** Everything below may call the server. */
export function ClientProvider({ client, children }: { client: ClubClient; children: ReactNode }) {
  return <ClientContext value={client}>{children}</ClientContext>;
}

/** The typed calls of every service. */
export function useClient(): ClubClient {
  return given(useContext(ClientContext), "ClientProvider");
}

/** Whether somebody is signed in. */
export function useSession(): SessionState {
  return useReadable(useClient().session.state);
}

type EventListener = (event: Event) => void;

interface Here {
  club: Club;
  userId: string;
  permissions: readonly string[];
  cache: RemoteCache;
  listeners: Set<EventListener>;
}

const HereContext = createContext<Here | undefined>(undefined);

/** Everything below sees the club as the signed-in user does, kept up to date for as long as this is shown. */
export function ClubProvider({ userId, permissions, children }: { userId: string; permissions: readonly string[]; children: ReactNode }) {
  const client = useClient();
  const [following, setFollowing] = useState<Omit<Here, "userId" | "permissions">>();
  useEffect(() => {
    const listeners = new Set<EventListener>();
    const club = createClub(client as never, {
      outbox: createOutbox(client, { storage: localStorage }),
      onEvent: (event) => listeners.forEach((listener) => listener(event)),
    });
    club.start();
    setFollowing({ club, listeners, cache: new RemoteCache(client.fault) });
    return () => void club.stop();
  }, [client]);
  const here = useMemo(() => following && { ...following, userId, permissions }, [following, userId, permissions]);
  if (!here) return null;
  return <HereContext value={here}>{children}</HereContext>;
}

function useHere(): Here {
  return given(useContext(HereContext), "ClubProvider");
}

function given<T>(value: T | undefined, provider: string): T {
  if (value === undefined) throw new Error(`used outside of ${provider}`);
  return value;
}

/** The club's state; see `Club` in @dongbaejul/client. */
export function useClub(): Club {
  return useHere().club;
}

/** The signed-in user's id. */
export function useUserId(): string {
  return useHere().userId;
}

/** Whether the user's role allows something, such as "games.manage". The server decides; this is for what to show. */
export function useMay(permission: string): boolean {
  return useHere().permissions.includes(permission);
}

/** What was asked of the server already. */
export function useRemoteCache(): RemoteCache {
  return useHere().cache;
}

/** Calls the listener with every event of the club. */
export function useClubEvent(listener: EventListener) {
  const { listeners } = useHere();
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, listener]);
}
