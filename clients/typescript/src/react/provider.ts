import { createContext, createElement, useContext, useEffect, useMemo } from "react";
import type { ReactElement, ReactNode } from "react";
import type { Client, Club, ClubSource } from "../index.js";

interface ClubContextValue {
  readonly client: ClubSource;
  readonly club: Club;
}

const ClubContext = createContext<ClubContextValue | undefined>(undefined);

export interface ClubProviderProps {
  readonly client: ClubSource;
  /** The club of this client. Create both outside of components: what a component creates, StrictMode creates twice. */
  readonly club: Club;
  readonly children?: ReactNode;
}

/** How many mounted providers each club has. */
const mounted = new WeakMap<Club, number>();

/** Gives a client and its club to the hooks below it. The club is started while this is mounted, and stopped after that. */
export function ClubProvider({ client, club, children }: ClubProviderProps): ReactElement {
  const value = useMemo(() => ({ client, club }), [client, club]);
  useEffect(() => {
    mounted.set(club, (mounted.get(club) ?? 0) + 1);
    club.start();
    return () => {
      const left = (mounted.get(club) ?? 1) - 1;
      mounted.set(club, left);
      if (left === 0) {
        club.stop().catch(() => undefined);
      }
    };
  }, [club]);
  return createElement(ClubContext.Provider, { value }, children);
}

function useClubContext(): ClubContextValue {
  const value = useContext(ClubContext);
  if (value === undefined) {
    throw new Error("hooks of @dongbaejul/client/react must be used below a ClubProvider");
  }
  return value;
}

/** Returns the client that the provider was given. Name its type where it is not a whole Client: `useClient<MyClient>()`. */
export function useClient<C extends ClubSource = Client>(): C {
  return useClubContext().client as C;
}

/** Returns the club that the provider was given. */
export function useClub(): Club {
  return useClubContext().club;
}
