// The app's pages and their paths. The build writes this list for the server too, which serves the app at these paths and answers
// with an error at all others.
export const paths = {
  board: "/",
  screen: "/screen",
  signIn: "/signin",
  signedIn: "/auth",
  games: "/games",
  newGame: "/games/new",
  game: "/games/:game",
  editGame: "/games/:game/edit",
  score: "/games/:game/score",
  rooms: "/chat",
  newRoom: "/chat/new",
  room: "/chat/:room",
  posts: "/posts",
  newPost: "/posts/new",
  post: "/posts/:post",
  editPost: "/posts/:post/edit",
  albums: "/albums",
  album: "/albums/:album",
  notifications: "/notifications",
  members: "/members",
  member: "/members/:member",
  me: "/me",
  sessions: "/me/sessions",
} as const;

export type PageName = keyof typeof paths;

type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { [N in Name]: string } & Parameters<Rest>
  : Path extends `${string}:${infer Name}`
    ? { [N in Name]: string }
    : object;

/** The parameters of a page's path: `{ game: string }` for "/games/:game". */
export type ParametersOf<Name extends PageName> = Parameters<(typeof paths)[Name]>;

type Arguments<Name extends PageName> = object extends ParametersOf<Name> ? [] : [parameters: ParametersOf<Name>];

/** Returns the path of a page: `pathTo("game", { game: id })`. */
export function pathTo<Name extends PageName>(name: Name, ...[parameters]: Arguments<Name>): string {
  return paths[name].replace(/:(\w+)/g, (_, key: string) => encodeURIComponent((parameters as Record<string, string>)[key] ?? ""));
}

/** A page with the parameters of its path. */
export type Place = { [Name in PageName]: { name: Name; parameters: ParametersOf<Name> } }[PageName];

/** Returns the page at a path; undefined if there is none. */
export function placeAt(path: string): Place | undefined {
  for (const [name, pattern] of Object.entries(paths)) {
    const parameters = match(pattern, path);
    if (parameters) return { name, parameters } as Place;
  }
  return undefined;
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.replace(/(.)\/$/, "$1").split("/");
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (part.startsWith(":")) {
      if (value === "") return undefined;
      parameters[part.slice(1)] = decode(value);
    } else if (part !== value) {
      return undefined;
    }
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody typed a lone "%".
    return text;
  }
}
