import type { Club, NotificationList } from "@dongbaejul/client";
import type { ClubClient } from "../club/client";
import { pushOf } from "./browser";

/** What the service worker sends to a page; see worker/push.ts. */
interface FromWorker {
  /** The path of the page to open, which is answered once it is. */
  open?: string;
  /** The path of a page: the answer is whether it is what the user sees. */
  shows?: string;
  /** Whether the browser has replaced the subscription. */
  renewed?: boolean;
}

/**
 * Keeps pushes, the badge and the shown notifications in sync with the club as long as the page is open. `go` opens the page that a
 * tapped notification is about; it is not imported, since the router would become a file of its own in the first load.
 */
export function keepPush(client: ClubClient, club: Club, go: (path: string) => void) {
  const push = pushOf(client);
  const sync = () => void push.sync();
  client.session.state.subscribe(sync);
  // The permission may have changed in the browser's settings.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  navigator.serviceWorker.addEventListener("message", ({ data, ports }: MessageEvent<FromWorker>) => {
    if (data.renewed) sync();
    if (client.session.state.getSnapshot().status !== "signed_in") return;
    const [port] = ports;
    if (data.shows) port?.postMessage(document.visibilityState === "visible" && location.pathname === data.shows);
    if (data.open === undefined) return;
    port?.postMessage(true);
    go(data.open);
  });
  sync();

  let last: NotificationList | undefined;
  const follow = () => {
    const list = club.notifications.getSnapshot();
    if (client.session.state.getSnapshot().status === "signed_out") setBadge(0);
    else if (list.loaded && list !== last) {
      setBadge(list.unread);
      void closeRead(list);
    }
    last = list;
  };
  club.notifications.subscribe(follow);
  client.session.state.subscribe(follow);
  follow();
}

/** Shows a number at the app's icon, if the app is installed. */
function setBadge(count: number) {
  navigator.setAppBadge?.(count).catch(() => undefined);
}

/** Closes the shown notifications that were read here or on another device. */
async function closeRead({ notifications }: NotificationList) {
  const shown = (await (await navigator.serviceWorker.getRegistration())?.getNotifications()) ?? [];
  for (const notification of shown) {
    if (notifications.some(({ id, read }) => read && id === notification.tag)) notification.close();
  }
}
