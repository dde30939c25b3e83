import { createContext, type ReactNode, useContext, useState } from "react";
import { useClient } from "./client";
import { RemoteCache } from "./remote";

const CacheContext = createContext<RemoteCache | undefined>(undefined);

/** Everything below belongs to one user. Give it their id as its key, so that nothing of one user is shown to the next. */
export function UserProvider({ children }: { children: ReactNode }) {
  const client = useClient();
  const [cache] = useState(() => new RemoteCache(client.fault));
  return <CacheContext value={cache}>{children}</CacheContext>;
}

/** What was asked of the server already. */
export function useRemoteCache(): RemoteCache {
  const cache = useContext(CacheContext);
  if (cache === undefined) throw new Error("used outside of UserProvider");
  return cache;
}
