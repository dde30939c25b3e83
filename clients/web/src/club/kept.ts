import type { KeyValueStorage } from "@dongbaejul/client";
import { clear, createStore, del, get, set } from "idb-keyval";
import type { ClubClient } from "./client";

// What was read last is kept on the device, by user, so that it can be shown without a network. Without IndexedDB, as in some
// private windows, it is not.
const store = createStore("dongbaejul", "kept");

/** Where the cache of the club's state is: beside the rest, so that all of it is forgotten at once. */
export const keptStorage: KeyValueStorage = {
  getItem: async (key) => (await get<string>(key, store)) ?? null,
  setItem: (key, value) => set(key, value, store),
  removeItem: (key) => del(key, store),
};

/** Keeps something for the user, unless they have signed out meanwhile. */
export async function keep(client: ClubClient, userId: string, name: string, value: unknown): Promise<void> {
  const session = client.session.state.getSnapshot();
  if (session.status !== "signed_in" || session.userId !== userId) return;
  await set(`${userId} ${name}`, value, store).catch(() => undefined);
}

/** Returns what was kept for the user. */
export function kept<T>(userId: string, name: string): Promise<T | undefined> {
  return get<T>(`${userId} ${name}`, store).catch(() => undefined);
}

/** Forgets all that was kept. */
export function forgetKept(): Promise<void> {
  return clear(store).catch(() => undefined);
}
