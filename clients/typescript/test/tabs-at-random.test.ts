import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, createOutbox } from "../src/index.js";
import type { Client, KeyValueStorage, Lifecycle, Outbox } from "../src/index.js";
import { openRoom, signedIn, userOf } from "./support/club.js";
import { Locks } from "./support/locks.js";
import { generator } from "./support/random.js";
import { Server } from "./support/server.js";
import type { Member } from "./support/server.js";
import { until } from "./support/wait.js";

const rounds = 1_000;
/** After so many rounds everything works for a while, and all tabs must agree. */
const calmEvery = 100;

/** The claims of a token. */
function claimsOf(token: string): { sub: string; sid: string } {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string; sid: string };
}

/** A browser: what its tabs share, and how badly it works. */
class Browser {
  readonly texts = new Map<string, string>();
  readonly tabs: Tab[] = [];
  /** What was found that must not be. */
  readonly wrong: string[] = [];
  /** What was reported stored, by its text. */
  readonly stored = new Set<string>();
  /** The session that is to be the tabs': of the sign-in last made, unless it was ended. */
  current: string | undefined;
  isCalm = false;
  private counter = 0;

  constructor(
    readonly url: string,
    readonly room: string,
    readonly random: () => number,
    /** Whether the storage answers at once, as localStorage does. */
    readonly isSync: boolean,
  ) {}

  happens(probability: number): boolean {
    return !this.isCalm && this.random() < probability;
  }

  text(userId: string): string {
    return `${++this.counter} ${userId}`;
  }

  /** Returns the session that the storage holds. */
  kept(): string | undefined {
    const { refreshToken } = JSON.parse(this.texts.get("dongbaejul.session") ?? "{}") as { refreshToken?: string };
    return refreshToken && sessionOf(refreshToken);
  }

  /** Returns how many of a user's actions are stored that are still to be sent. */
  waiting(userId: string): number {
    const lists = [...this.texts].filter(([key]) => key.startsWith(`dongbaejul.outbox.${userId}.`));
    return lists.flatMap(([, text]) => JSON.parse(text) as { fault?: object }[]).filter(({ fault }) => fault === undefined).length;
  }

  /** Tells the other tabs of a change in the storage. */
  changed(by: Tab): void {
    this.tabs.filter((tab) => tab !== by).forEach((tab) => setImmediate(() => tab.listeners.forEach((f) => f())));
  }
}

/** A tab, with a storage and a network that fail at random. */
class Tab {
  readonly listeners = new Set<() => void>();
  readonly client: Client;
  readonly outbox: Outbox;
  /** The session it is in. */
  session: string | undefined;
  private begun = "";
  private isDead = false;

  constructor(private readonly browser: Browser) {
    const none = () => () => {};
    const onStorage = (f: () => void) => {
      this.listeners.add(f);
      return () => this.listeners.delete(f);
    };
    const lifecycle: Lifecycle = { onForeground: none, onBackground: none, onOnline: none, onStorage };
    const storage = this.storage();
    this.client = createClient({ baseUrl: browser.url, tokens: storage, lifecycle, fetch: (url: string, init: RequestInit) => this.fetch(url, init) });
    this.client.session.state.subscribe(() => this.sessionChanged());
    this.outbox = createOutbox(this.client, { storage, minDelayMs: 5, maxDelayMs: 50, keepSent: 1_000 });
    this.outbox.flush();
  }

  /** Ends the tab: nothing of it reaches the storage or the network from then on. */
  kill(): void {
    this.isDead = true;
    this.browser.tabs.splice(this.browser.tabs.indexOf(this), 1);
    // Else other tabs would see it as alive.
    void this.outbox.close();
  }

  private storage(): KeyValueStorage {
    const { texts, isSync } = this.browser;
    const run = <T>(f: () => T): T | Promise<T> => {
      const at = () => {
        if (this.browser.happens(0.1)) {
          throw new Error("the storage fails");
        }
        return f();
      };
      return isSync ? at() : new Promise((resolve) => setImmediate(resolve)).then(at);
    };
    const changing = (f: () => unknown) =>
      run(() => {
        f();
        this.browser.changed(this);
      });
    return {
      // A dead tab finds nothing and changes nothing: what fails would be tried again for as long as the test's process runs.
      getItem: (key) => run(() => (this.isDead ? null : (texts.get(key) ?? null))),
      setItem: (key, value) => changing(() => this.isDead || texts.set(key, value)),
      removeItem: (key) => changing(() => this.isDead || texts.delete(key)),
    };
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const token = new Headers(init.headers).get("Authorization")?.slice("Bearer ".length);
    const procedure = url.slice(url.lastIndexOf("/") + 1);
    if (token !== undefined && procedure === "SendMessage") {
      const { content } = JSON.parse(Buffer.from(init.body as Uint8Array).toString()) as { content: string };
      if (!content.endsWith(claimsOf(token).sub)) {
        this.browser.wrong.push(`"${content}" is sent as ${claimsOf(token).sub}`);
      }
    }
    if (this.isDead && procedure === "Logout") {
      return Response.json({});
    }
    if (this.isDead || this.browser.happens(0.05)) {
      throw new TypeError("fetch failed");
    }
    const response = await fetch(url, init);
    if (this.isDead || this.browser.happens(0.05)) {
      await response.arrayBuffer();
      throw new TypeError("the answer was lost");
    }
    if (procedure === "CompleteBandLogin" && response.ok) {
      const { refreshToken } = (await response.clone().json()) as { refreshToken: string };
      this.begun = sessionOf(refreshToken);
    }
    return response;
  }

  private sessionChanged(): void {
    const state = this.client.session.state.getSnapshot();
    if (this.isDead) {
      return;
    }
    if (state.status === "signed_in") {
      const kept = JSON.parse(this.browser.texts.get("dongbaejul.session") ?? "{}") as { userId?: string; refreshToken?: string };
      this.session = kept.userId === state.userId ? sessionOf(kept.refreshToken ?? "") : this.begun;
      return;
    }
    if (this.session !== undefined && this.session === this.browser.current) {
      this.browser.wrong.push(`a tab is signed out: ${JSON.stringify(state)}`);
    }
    this.session = undefined;
  }

  async signIn(server: Server, member: Member | undefined): Promise<void> {
    this.begun = "";
    try {
      await server.signIn(this.client, member);
    } catch {
      if (this.begun === "" || userOf(this.client) === "") {
        return;
      }
    }
    this.browser.current = this.begun;
    this.session = this.begun;
  }

  /** Returns the session that its calls are of. */
  async find(): Promise<string | undefined> {
    const token = await this.client.session.accessToken();
    return token && claimsOf(token).sid;
  }

  /** Signs out, once the tab knows who is signed in. */
  async signOut(): Promise<void> {
    this.browser.isCalm = true;
    await until("the tab to follow", async () => (await this.find()) === this.browser.current);
    this.browser.isCalm = false;
    this.browser.current = undefined;
    await this.client.session.signOut();
  }

  /** Sends something as who is signed in. */
  async add(): Promise<void> {
    const userId = userOf(this.client);
    const text = this.browser.text(userId);
    if (userId === "") {
      return;
    }
    const { stored } = this.outbox.add({ kind: "send_message", roomId: this.browser.room, content: text });
    await stored;
    if (!this.isDead) {
      this.browser.stored.add(text);
    }
  }

  /** Asks the server who it takes the tab for. */
  async ask(): Promise<void> {
    const userId = userOf(this.client);
    if (userId === "") {
      return;
    }
    const { user } = await this.client.users.getProfile({});
    if (user?.id !== userId) {
      this.browser.wrong.push(`a call of ${userId} was made as ${user?.id}`);
    }
  }
}

function sessionOf(refreshToken: string): string {
  return refreshToken.split(".")[0] ?? "";
}

describe("three users in three tabs, with a storage and a network that fail at random", () => {
  let server: Server;
  before(async () => (server = await Server.start({ JWT_EXPIRES_IN: "2s", LOG_LEVEL: "warn" })));
  after(() => server.stop());
  const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  afterEach(() => {
    delete (globalThis as { navigator?: unknown }).navigator;
    if (navigator !== undefined) {
      Object.defineProperty(globalThis, "navigator", navigator);
    }
  });

  for (const { how, locks, seed } of [
    { how: "with Web Locks", locks: new Locks(), seed: 1 },
    { how: "without Web Locks, as on plain http", locks: undefined, seed: 2 },
  ]) {
    test(`are never taken for another, signed out, robbed or heard twice in ${rounds} rounds, ${how}`, async (t) => {
      Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
      const leader = await signedIn(server, "leader");
      const room = await openRoom(leader, how);
      const members = (await server.members()).filter((m) => m.role === "member").slice(0, 3);
      const browser = new Browser(server.url, room, generator(seed), locks === undefined);
      const { random, tabs } = browser;
      const open = () => tabs.push(new Tab(browser));
      [1, 2, 3].forEach(open);
      const agree = (round: number) =>
        until(`all tabs to agree after round ${round}`, async () => (await Promise.all(tabs.map((tab) => tab.find()))).every((x) => x === browser.current));
      let pending: Promise<unknown>[] = [];
      const counts = { signIns: 0, signOuts: 0, kills: 0, adds: 0, asks: 0 };

      for (let round = 1; round <= rounds; round++) {
        const tab = tabs[Math.floor(random() * tabs.length)] as Tab;
        const dice = random();
        // Without a user nothing happens.
        if (dice < 0.05 || (browser.current === undefined && dice < 0.5)) {
          counts.signIns++;
          await tab.signIn(server, members[Math.floor(random() * members.length)]);
        } else if (dice < 0.08) {
          counts.signOuts++;
          await tab.signOut();
        } else if (dice < 0.11) {
          counts.kills++;
          // What a tab could not write goes with it.
          browser.isCalm = true;
          await until("the storage to agree", () => browser.kept() === browser.current);
          browser.isCalm = false;
          tab.kill();
          open();
        } else if (dice < 0.6) {
          counts.adds++;
          pending.push(tab.add().catch(() => undefined));
        } else if (dice < 0.9) {
          counts.asks++;
          pending.push(tab.ask().catch(() => undefined));
        } else {
          tab.outbox.flush();
          await delay(random() * 20);
        }
        assert.deepEqual(browser.wrong, [], `round ${round}`);
        if (round % calmEvery === 0) {
          await Promise.all(pending);
          pending = [];
          browser.isCalm = true;
          await agree(round);
          await until("the storage to agree", () => browser.kept() === browser.current);
          browser.isCalm = false;
        }
      }

      // What was left by each user is sent when they are back.
      browser.isCalm = true;
      await Promise.all(pending);
      for (const member of members) {
        await tabs[0]?.signIn(server, member);
        await agree(rounds);
        await until("everything to be sent", () => {
          tabs.forEach((tab) => tab.outbox.flush());
          return browser.waiting(userOf(tabs[0]?.client as Client)) === 0;
        });
        assert.deepEqual(
          tabs.flatMap((tab) => tab.outbox.getSnapshot().filter((item) => item.state === "failed" && item.fault.reason !== "OUTBOX_NOT_STORED")),
          [],
        );
      }
      assert.deepEqual(browser.wrong, []);
      const heard: string[] = [];
      for (let page = await leader.chat.listMessages({ roomId: room, limit: 100 }); ; ) {
        for (const { content, sender, id } of page.messages) {
          heard.push(content);
          assert.ok(content.endsWith(sender?.userId ?? "nobody"), `"${content}" of ${sender?.userId} (${id})`);
        }
        const last = page.messages[page.messages.length - 1];
        if (!page.hasMore || last === undefined) {
          break;
        }
        page = await leader.chat.listMessages({ roomId: room, limit: 100, before: last.id });
      }
      assert.equal(new Set(heard).size, heard.length, "heard twice");
      assert.deepEqual([...browser.stored].filter((text) => !heard.includes(text)), [], "lost");
      await Promise.all(tabs.map((tab) => tab.outbox.close()));
      t.diagnostic(`${JSON.stringify(counts)}, ${browser.stored.size} stored, ${heard.length} heard`);
      assert.ok(browser.stored.size > 50, `only ${browser.stored.size} were stored`);
    });
  }
});
