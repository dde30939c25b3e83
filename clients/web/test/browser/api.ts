// What the tests do to the club beside the browser: plain calls of the REST surface, as any member.
import { type APIRequestContext, request } from "playwright-core";

export interface Member {
  id: string;
  name: string;
  userKey: string;
  call(method: string, path: string, body?: object): Promise<Answer>;
}

/** Looked into rather than modelled. */
// biome-ignore lint/suspicious/noExplicitAny: as its comment says
export type Answer = any;

interface Simulated {
  user_key: string;
  name: string;
  role: "leader" | "coleader" | "member";
}

async function call(api: APIRequestContext, method: string, path: string, token?: string, data?: object): Promise<Answer> {
  const response = await api.fetch(path, { method, headers: token ? { Authorization: `Bearer ${token}` } : {}, ...(data ? { data } : {}) });
  const answer = await response.json();
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${JSON.stringify(answer)}`);
  return answer;
}

/** Signs somebody in without a browser. */
async function signIn(api: APIRequestContext, userKey: string): Promise<Member> {
  const login = await call(api, "POST", "/api/v1/auth/band/login", undefined, { redirect_uri: "dongbaejul://auth" });
  const consent = await api.get(`${login.auth_url}&user_key=${userKey}`, { maxRedirects: 0 });
  const code = new URL(consent.headers().location ?? "").searchParams.get("code");
  const answer = await call(api, "POST", "/api/v1/auth/band/callback", undefined, { code, state: login.state });
  return {
    id: answer.user.id,
    name: answer.user.display_name,
    userKey,
    call: (method, path, body) => call(api, method, path, answer.access_token, body),
  };
}

/** The club's head and so many members, signed in. */
export async function signInClub(url: string, count: number): Promise<{ head: Member; members: Member[] }> {
  // The server may have a certificate of its own making.
  const api = await request.newContext({ baseURL: url, ignoreHTTPSErrors: true });
  const people: Simulated[] = (await call(api, "GET", "/bandsim/members")).members;
  const leader = people.filter(({ role }) => role === "leader");
  const members = people.filter(({ role }) => role === "member").slice(0, count);
  const signedIn: Member[] = [];
  for (const { user_key } of [...leader, ...members]) signedIn.push(await signIn(api, user_key));
  const [head, ...rest] = signedIn;
  if (!head) throw new Error("the simulator has no leader");
  return { head, members: rest };
}

/** Announces a game that begins in so many minutes. */
export async function announce(
  head: Member,
  game: { title: string; minutes: number; places: number; singles?: boolean; scoring?: string },
): Promise<Answer> {
  const { title, minutes, places, singles = false, scoring } = game;
  const answer = await head.call("POST", "/api/v1/games", {
    title,
    description: "셔틀콕과 물을 챙겨 오세요.",
    game_date: new Date(Date.now() + minutes * 60_000).toISOString(),
    duration: 120,
    max_participants: places,
    skill_level: "all",
    game_type: singles ? "singles" : "doubles",
    ...(scoring ? { scoring: { preset: scoring } } : {}),
  });
  return answer.game;
}

/** A game that is being played by these players, the first half of them against the second. */
export async function play(
  head: Member,
  players: readonly Member[],
  { title, court, scoring }: { title: string; court: string; scoring?: string },
): Promise<Answer> {
  const game = await announce(head, {
    title,
    minutes: 1,
    places: players.length,
    singles: players.length === 2,
    ...(scoring ? { scoring } : {}),
  });
  const path = `/api/v1/games/${game.id}`;
  for (const player of players) await player.call("POST", `${path}/join`, {});
  const ids = players.map(({ id }) => id);
  await head.call("PUT", `${path}/teams`, { team1: ids.slice(0, ids.length / 2), team2: ids.slice(ids.length / 2) });
  return (await head.call("POST", `${path}/start`, { court_id: court })).game;
}
