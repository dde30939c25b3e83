import { TransportProvider } from "@connectrpc/connect-query";
import { type Fault, isTransient } from "@dongbaejul/client";
import { useConnection, useUserId } from "@dongbaejul/client/react";
import { type DehydratedState, dehydrate, hydrate, MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, type ReactNode, useEffect } from "react";
import { Pending } from "../shell/Pending";
import { type ClubClient, useClient } from "./client";
import { keep, kept } from "./kept";

/** What was read this short a time ago, as when the app is opened, is not read again because there is a connection now. */
const freshMs = 2000;
/** How long answers are kept that no page shows, so that a page come back to is there at once. */
const keptMs = 30 * 60_000;
const retries = 2;
/** How many answers are kept on the device, and how long after they came. */
const maxKept = 40;
const keepAfterMs = 1000;

let current: { client: ClubClient; userId: string | undefined; queries: QueryClient } | undefined;

/** Returns the answers of the server to a user. Nothing of one user is shown to the next. */
function queriesOf(client: ClubClient, userId: string | undefined): QueryClient {
  if (current?.client !== client || current.userId !== userId) current = { client, userId, queries: newQueries(client, userId) };
  return current.queries;
}

function newQueries(client: ClubClient, userId: string | undefined): QueryClient {
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
  if (userId) keepQueries(client, userId, queries);
  return queries;
}

/** Keeps the answers that came last on the device, and begins with those that were kept. */
function keepQueries(client: ClubClient, userId: string, queries: QueryClient) {
  void kept<DehydratedState>(userId, "queries").then((last) => last && hydrate(queries, last));
  let timer: ReturnType<typeof setTimeout> | undefined;
  queries.getQueryCache().subscribe(({ type }) => {
    if (type !== "updated" || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      const { queries: all } = dehydrate(queries, {
        shouldDehydrateMutation: () => false,
        // Also where it could not be read again since.
        shouldDehydrateQuery: ({ state }) => state.data !== undefined,
      });
      const newest = all
        .sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt)
        .slice(0, maxKept)
        .map((query) => ({ ...query, state: { ...query.state, status: "success" as const, error: null, fetchMeta: null } }));
      void keep(client, userId, "queries", { mutations: [], queries: newest } satisfies DehydratedState);
    }, keepAfterMs);
  });
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
