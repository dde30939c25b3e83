import type { ClubClient } from "../club/client";
import { localTexts } from "../storage";
import { createPush, type Push, type PushBrowser } from "./push";

let created: { client: ClubClient; push: Push } | undefined;

/** Returns whether this browser is pushed to, by its client: one for the whole app. */
export function pushOf(client: ClubClient): Push {
  if (created?.client !== client) created = { client, push: createPush(client, currentBrowser()) };
  return created.push;
}

function currentBrowser(): PushBrowser {
  return {
    needsHomeScreen: isTouchApple() && !matchMedia("(display-mode: standalone)").matches,
    async registration() {
      if (!("PushManager" in window && "Notification" in window)) return undefined;
      return serviceWorkers()?.getRegistration();
    },
    permission: () => Notification.permission,
    requestPermission: () => Notification.requestPermission(),
    texts: localTexts,
  };
}

/** Returns the browser's service workers; undefined on plain HTTP, and in sandboxed frames, where reading the property throws. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}

/** Reports whether this is an iPhone or an iPad, which calls itself a Mac with a touch screen. */
function isTouchApple(): boolean {
  return /iPhone|iPad/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}
