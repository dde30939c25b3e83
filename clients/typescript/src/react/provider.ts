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

/** The number of mounted providers of each club. */
const mounted = new WeakMap<Club, number>();

/** Provides a client and its club to the hooks below it. The club is started on mount and stopped on unmount. */
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

/** Returns the provider's client. If it is not a complete Client, name its type: `useClient<MyClient>()`. */
export function useClient<C extends ClubSource = Client>(): C {
  return useClubContext().client as C;
}

/** Returns the provider's club. */
export function useClub(): Club {
  return useClubContext().club;
}
