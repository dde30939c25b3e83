import type { KeyValueStorage } from "@dongbaejul/client";
import { clear, createStore, del, get, set, type UseStore } from "idb-keyval";
import type { ClubClient } from "./client";

// Keeps the latest answers on the device, per user, so that they can be shown offline. Without IndexedDB, as in some private
// windows, nothing is kept.
const database = createStore("dongbaejul", "kept");
/** Rejects where the browser refuses to open a database: that throws. */
const store: UseStore = async (mode, use) => database(mode, use);

/** The key of the cache of the club's state. It is in the same store, so that everything is deleted at once. */
export const keptStorage: KeyValueStorage = {
  getItem: async (key) => (await get<string>(key, store)) ?? null,
  setItem: (key, value) => set(key, value, store),
  removeItem: (key) => del(key, store),
};

/** Stores a value for the user, unless they have signed out in the meantime. */
export async function keep(client: ClubClient, userId: string, name: string, value: unknown): Promise<void> {
  const session = client.session.state.getSnapshot();
  if (session.status !== "signed_in" || session.userId !== userId) return;
  await set(`${userId} ${name}`, value, store).catch(() => undefined);
}

/** Returns the value stored for the user. */
export function kept<T>(userId: string, name: string): Promise<T | undefined> {
  return get<T>(`${userId} ${name}`, store).catch(() => undefined);
}

/** Deletes everything that is stored. */
export function forgetKept(): Promise<void> {
  return clear(store).catch(() => undefined);
}
