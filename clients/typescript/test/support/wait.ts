import { setTimeout as delay } from "node:timers/promises";

/** Waits until something holds; fails when it does not in time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`waited ${ms} ms in vain for ${what}`);
    }
    await delay(5);
  }
}
