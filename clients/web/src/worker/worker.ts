// Caches the app, so that it opens offline; what users write then waits in the outbox. Data of the club is never cached here. The
// build writes this file beside the page, with the list of what to cache.

interface Built {
  /** Differs with every build. */
  version: string;
  /** The paths of the page and of everything it loads. */
  files: readonly string[];
  /** Regular expressions of the paths that show the page. */
  pages: readonly string[];
  /** The path of the page to open for each id that a push may have. */
  targets: readonly (readonly ["game_id" | "post_id" | "room_id", string])[];
  /** The path of the page to open for any other push. */
  otherTarget: string;
}

declare const built: Built;

const worker = self as unknown as ServiceWorkerGlobalScope;

/** How long to wait for the server's page before the cached one is used. */
const patienceMs = 3000;

worker.addEventListener("install", (event) => {
  event.waitUntil(keep());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (built.pages.some((page) => new RegExp(page).test(pathname))) event.respondWith(page(request));
  } else if (pathname !== "/" && built.files.includes(pathname)) {
    event.respondWith(file(request));
  }
});

async function keep() {
  const cache = await caches.open(built.version);
  await cache.addAll(built.files);
  await worker.skipWaiting();
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== built.version).map((name) => caches.delete(name)));
}

/** Returns the server's page, which refers to newer files, or the cached one. */
async function page(request: Request): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  const kept = () => cached("/");
  try {
    const answer = await fetch(request, { signal: patience.signal });
    return answer.ok ? answer : ((await kept()) ?? answer);
  } catch (error) {
    const page = await kept();
    if (page) return page;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Returns a file whose name contains its hash. Vary is ignored: pages send an Origin header, and the cached request had none. */
async function file(request: Request): Promise<Response> {
  return (await cached(request)) ?? fetch(request);
}

/** Returns what is cached, or undefined if there is none or the cache cannot be read: the server has it too. */
function cached(request: Request | string): Promise<Response | undefined> {
  return caches.match(request, { ignoreVary: true }).catch(() => undefined);
}
