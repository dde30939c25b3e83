// Shows what the server pushes, and opens what it is about. The build appends this file to worker.ts.

/** What the server pushes: strings only. Of the ids, those of what the notification is about are there. */
interface Pushed {
  id?: string;
  title?: string;
  body?: string;
  /** The number of unread notifications. */
  badge?: string;
  game_id?: string;
  post_id?: string;
  room_id?: string;
}

/** How long to wait for a window's answer. One that does not answer is frozen, or shows an older build or the sign-in page. */
const answerMs = 1000;

worker.addEventListener("push", (event) => {
  const pushed = pushedIn(event);
  if (pushed) event.waitUntil(Promise.all([show(pushed), setBadge(Number(pushed.badge))]));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data ?? {}));
});

worker.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event as ExtendableEvent & { oldSubscription?: PushSubscription | null }));
});

/** Reads the message of a push; undefined if the server has not sent it. */
function pushedIn({ data }: PushEvent): Pushed | undefined {
  try {
    const pushed = data?.json();
    return typeof pushed?.title === "string" ? pushed : undefined;
  } catch {
    return undefined;
  }
}

/** Shows a notification, unless its user is looking at the room that it is about. */
async function show(pushed: Pushed) {
  const { id, title = "", body, room_id } = pushed;
  if (room_id && (await isShown(pathOf(pushed)))) return;
  await worker.registration.showNotification(title, {
    icon: "/icon-180.png",
    data: pushed,
    ...(body ? { body } : {}),
    ...(id ? { tag: id } : {}),
  });
}

/** Reports whether a visible window shows a page. The windows say so: where a browser says it, it may be where they began. */
async function isShown(path: string): Promise<boolean> {
  const answers = await Promise.all((await windows()).map((window) => ask(window, { shows: path })));
  return answers.includes(true);
}

/** Opens the page that a notification is about: in an open window if there is one. */
async function open(pushed: Pushed) {
  const path = pathOf(pushed);
  const open = await windows();
  const window = open.find(({ focused }) => focused) ?? open.find(({ visibilityState }) => visibilityState === "visible") ?? open[0];
  if (!window) {
    await worker.clients.openWindow(path);
    return;
  }
  // A browser may refuse to focus it; the page is opened in it all the same.
  await window.focus().catch(() => undefined);
  if (await ask(window, { open: path })) return;
  await window.navigate(path).catch(() => worker.clients.openWindow(path));
}

/** Sends a message to a window. Returns the answer of the app in it, or false. */
function ask(window: WindowClient, message: object): Promise<boolean> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data === true);
    setTimeout(() => resolve(false), answerMs);
    window.postMessage(message, [port2]);
  });
}

/** Subscribes again after the browser has replaced the subscription. An open window registers it, or else the next one. */
async function renew({ oldSubscription }: { oldSubscription?: PushSubscription | null }) {
  const key = oldSubscription?.options.applicationServerKey;
  if (key && !(await worker.registration.pushManager.getSubscription())) {
    await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  for (const window of await windows()) window.postMessage({ renewed: true });
}

function windows(): Promise<readonly WindowClient[]> {
  // Also those that were opened before this worker was installed.
  return worker.clients.matchAll({ type: "window", includeUncontrolled: true });
}

function pathOf(pushed: Pushed): string {
  for (const [key, path] of built.targets) {
    const id = pushed[key];
    if (id) return path.replace(/:\w+/, encodeURIComponent(id));
  }
  return built.otherTarget;
}

/** Shows a number at the app's icon, if the app is installed. */
async function setBadge(count: number) {
  if (Number.isInteger(count)) await worker.navigator.setAppBadge?.(count).catch(() => undefined);
}
