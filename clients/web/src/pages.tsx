import type { ComponentType } from "react";
import { BoardPage } from "./board/BoardPage";
import { useWords } from "./language/language";
import { lazyWithQueries } from "./lazyWithQueries";
import { type PageName, type ParametersOf, type Place, pathTo } from "./router/paths";
import { shellWords } from "./shell/words";
import { ButtonLink } from "./ui/Button";
import { Empty } from "./ui/State";

type PageComponent<Name extends PageName> = ComponentType<ParametersOf<Name>>;
type Shown = Exclude<PageName, "signIn" | "signedIn">;

// The list of rooms and a room are one page, so that the list stays where there is room for both.
const chat = () => import("./chat/ChatPage").then((m) => m.ChatPage);

/** The loader of each page. The board is part of the first load. */
const loaders = {
  screen: () => import("./board/ScreenPage").then((m) => m.ScreenPage),
  games: () => import("./games/GamesPage").then((m) => m.GamesPage),
  newGame: () => import("./games/GameFormPage").then((m) => m.NewGamePage),
  game: () => import("./games/GamePage").then((m) => m.GamePage),
  editGame: () => import("./games/GameFormPage").then((m) => m.EditGamePage),
  score: () => import("./scoring/ScorePage").then((m) => m.ScorePage),
  rooms: chat,
  newRoom: () => import("./chat/NewRoomPage").then((m) => m.NewRoomPage),
  room: chat,
  posts: () => import("./posts/PostsPage").then((m) => m.PostsPage),
  newPost: () => import("./posts/PostFormPage").then((m) => m.NewPostPage),
  post: () => import("./posts/PostPage").then((m) => m.PostPage),
  editPost: () => import("./posts/PostFormPage").then((m) => m.EditPostPage),
  albums: () => import("./albums/pages").then((m) => m.AlbumsPage),
  album: () => import("./albums/pages").then((m) => m.AlbumPage),
  notifications: () => import("./notifications/NotificationsPage").then((m) => m.NotificationsPage),
  members: () => import("./members/pages").then((m) => m.MembersPage),
  member: () => import("./members/pages").then((m) => m.MemberPage),
  me: () => import("./me/pages").then((m) => m.MePage),
  sessions: () => import("./me/pages").then((m) => m.SessionsPage),
} satisfies { [Name in Exclude<Shown, "board">]: () => Promise<PageComponent<Name>> };

const loaded = new Map<() => Promise<unknown>, ComponentType<object>>();

function component(load: () => Promise<unknown>): ComponentType<object> {
  const page = loaded.get(load) ?? lazyWithQueries(load as () => Promise<ComponentType<object>>);
  loaded.set(load, page);
  return page;
}

/** Loads the other pages when idle, so that they are there when the connection is not. */
export function preloadPages() {
  const idle = window.requestIdleCallback ?? ((f: () => void) => setTimeout(f, 2000));
  idle(() => {
    for (const load of Object.values(loaders)) load().catch(() => undefined);
  });
}

/** The page of an address. */
export function PageAt({ place }: { place: Place | undefined }) {
  const words = useWords(shellWords);
  if (!place) {
    return (
      <main className="page">
        <Empty icon="search" title={words.notFound}>
          <ButtonLink href={pathTo("board")}>{words.toBoard}</ButtonLink>
        </Empty>
      </main>
    );
  }
  if (place.name === "signIn" || place.name === "signedIn") return null;
  const Shown = place.name === "board" ? BoardPage : component(loaders[place.name]);
  // Another game is another page, with its own state.
  const key = Shown === component(chat) ? "chat" : JSON.stringify(place);
  return <Shown key={key} {...place.parameters} />;
}
