import { TransportProvider } from "@connectrpc/connect-query";
import { type Fault, isTransient } from "@dongbaejul/client";
import { useConnection, useUserId } from "@dongbaejul/client/react";
import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, type ReactNode, useEffect } from "react";
import { Pending } from "../shell/Pending";
import { type ClubClient, useClient } from "./client";

/** What was read this short a time ago, as when the app is opened, is not read again because there is a connection now. */
const freshMs = 2000;
/** How long answers are kept that no page shows, so that a page come back to is there at once. */
const keptMs = 30 * 60_000;
const retries = 2;

let current: { client: ClubClient; userId: string | undefined; queries: QueryClient } | undefined;

/** Returns the answers of the server to a user. Nothing of one user is shown to the next. */
function queriesOf(client: ClubClient, userId: string | undefined): QueryClient {
  if (current?.client !== client || current.userId !== userId) current = { client, userId, queries: newQueries(client) };
  return current.queries;
}

function newQueries(client: ClubClient): QueryClient {
  // A browser that believes to be offline may be wrong: what fails says so, and is read again when the club is connected.
  const networkMode = "always";
  const queries: QueryClient = new QueryClient({
    // Whatever the user has changed is read again where it is shown next.
    mutationCache: new MutationCache({ onSuccess: () => queries.invalidateQueries({ refetchType: "none" }) }),
    defaultOptions: {
      queries: {
        networkMode,
        staleTime: freshMs,
        gcTime: keptMs,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (count, error) => {
          const fault = client.fault(error);
          return count < retries && isTransient(fault) && fault.kind !== "offline";
        },
      },
      mutations: { networkMode },
    },
  });
  return queries;
}

/** Lets pages read from the server by connect-query. */
function Queries({ children }: { children: ReactNode }) {
  const client = useClient();
  const queries = queriesOf(client, useUserId());
  const open = useConnection().status === "open";
  useEffect(() => {
    // What changed while there was no connection was not told.
    if (open) void queries.refetchQueries({ type: "active", stale: true });
  }, [queries, open]);
  return (
    <TransportProvider transport={client.transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}

/** Returns the component with what queries need around it. The board does without, so that it is loaded sooner. */
export function withQueries<P extends object>(Component: ComponentType<P>): ComponentType<P> {
  return (props) => (
    <Queries>
      <Component {...props} />
    </Queries>
  );
}

/** Returns why a query or a mutation has failed. */
export function useFault(error: Error | null): Fault | undefined {
  const client = useClient();
  return error === null ? undefined : client.fault(error);
}

/** Stands in place of what a query has not read yet. */
export function Unread({ query: { error, refetch } }: { query: { error: Error | null; refetch: () => Promise<unknown> } }) {
  return <Pending error={useFault(error)} onRetry={() => void refetch()} />;
}

/** Returns the items of the pages of a list. One that has moved to another page meanwhile comes once. */
export function itemsOf<P, T extends { id: string }>(pages: readonly P[], itemsIn: (page: P) => readonly T[]): T[] {
  return [...new Map(pages.flatMap(itemsIn).map((item) => [item.id, item])).values()];
}
