import { TransportProvider } from "@connectrpc/connect-query";
import { type Fault, isTransient } from "@dongbaejul/client";
import { useConnection, useUserId } from "@dongbaejul/client/react";
import { type DehydratedState, dehydrate, hydrate, MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, type ReactNode, useEffect } from "react";
import { Pending } from "../shell/Pending";
import { type ClubClient, useClient } from "./client";
import { keep, kept } from "./kept";

/** Data younger than this is not read again when the connection opens, as it does just after the app starts. */
const freshMs = 2000;
/** How long answers stay in memory when no page shows them, so that a page is shown at once on return. */
const keptMs = 30 * 60_000;
const retries = 2;
/** How many answers are kept on the device, and for how long. */
const maxKept = 40;
const keepAfterMs = 1000;

let current: { client: ClubClient; userId: string | undefined; queries: QueryClient } | undefined;

/** Returns the query client of a user. The next user gets a new one and sees nothing of it. */
function queriesOf(client: ClubClient, userId: string | undefined): QueryClient {
  if (current?.client !== client || current.userId !== userId) current = { client, userId, queries: newQueries(client, userId) };
  return current.queries;
}

function newQueries(client: ClubClient, userId: string | undefined): QueryClient {
  // The browser may be wrong about being offline. A query that fails says so, and runs again when the club is connected.
  const networkMode = "always";
  const queries: QueryClient = new QueryClient({
    // After a change by the user, queries run again when they are shown next.
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

/** Stores the latest answers on the device, and starts with the stored ones. */
function keepQueries(client: ClubClient, userId: string, queries: QueryClient) {
  void kept<DehydratedState>(userId, "queries").then((last) => last && hydrate(queries, last));
  let timer: ReturnType<typeof setTimeout> | undefined;
  queries.getQueryCache().subscribe(({ type }) => {
    if (type !== "updated" || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      const { queries: all } = dehydrate(queries, {
        shouldDehydrateMutation: () => false,
        // Also if reading it again has failed since.
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
    // Changes while there was no connection sent no event.
    if (open) void queries.refetchQueries({ type: "active", stale: true });
  }, [queries, open]);
  return (
    <TransportProvider transport={client.transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}

/** Wraps a component in the providers that queries need. The board has none, so that it loads faster. */
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

/** Is shown in place of a query's result until there is one. */
export function Unread({ query: { error, refetch } }: { query: { error: Error | null; refetch: () => Promise<unknown> } }) {
  return <Pending error={useFault(error)} onRetry={() => void refetch()} />;
}

/** Returns the items of all pages of a list, without duplicates: an item may move to another page between two calls. */
export function itemsOf<P, T extends { id: string }>(pages: readonly P[], itemsIn: (page: P) => readonly T[]): T[] {
  return [...new Map(pages.flatMap(itemsIn).map((item) => [item.id, item])).values()];
}
