import { useClub, useConnection, useMe, useSelected } from "@dongbaejul/client/react";
import type { ReactNode } from "react";
import { useWords } from "../language/language";
import { type PageName, pathTo } from "../router/paths";
import { Link, usePlace } from "../router/router";
import { Count } from "../ui/Badge";
import { Icon, type IconName } from "../ui/Icon";
import { ConnectionBar } from "./ConnectionBar";
import { Logo } from "./Logo";
import { shellWords } from "./words";
import "./Shell.css";

interface Destination {
  icon: IconName;
  label: string;
  path: string;
  /** The pages that belong to it. */
  pages: readonly PageName[];
  /** The number of new items. */
  news?: number;
  /** Whether there is another link to it when the menu has little room. */
  wideOnly?: boolean;
}

function useDestinations(): readonly Destination[] {
  const words = useWords(shellWords);
  const club = useClub();
  const unread = useSelected(club.rooms, (list) => list.unread);
  const told = useSelected(club.notifications, (list) => list.unread);
  return [
    { icon: "board", label: words.board, path: pathTo("board"), pages: ["board"] },
    { icon: "games", label: words.games, path: pathTo("games"), pages: ["games", "game", "newGame", "editGame", "score"] },
    { icon: "chat", label: words.chat, path: pathTo("rooms"), pages: ["rooms", "room", "newRoom"], news: unread },
    { icon: "posts", label: words.posts, path: pathTo("posts"), pages: ["posts", "post", "newPost", "editPost", "albums", "album"] },
    { icon: "people", label: words.members, path: pathTo("members"), pages: ["members", "member"], wideOnly: true },
    { icon: "bell", label: words.notifications, path: pathTo("notifications"), pages: ["notifications"], news: told, wideOnly: true },
    { icon: "person", label: words.me, path: pathTo("me"), pages: ["me", "sessions"] },
  ];
}

/** The frame of every page: the menu and the state of the connection. */
export function Shell({ children }: { children: ReactNode }) {
  const words = useWords(shellWords);
  const destinations = useDestinations();
  const place = usePlace();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <nav className="nav" aria-label={words.menu}>
        <Link className="nav-logo" href={pathTo("board")}>
          <Logo />
          {words.club}
        </Link>
        <ul>
          {destinations.map(({ icon, label, path, pages, news = 0, wideOnly }) => {
            const current = place !== undefined && pages.includes(place.name);
            return (
              <li key={path} className={wideOnly ? "nav-wide" : ""}>
                <Link className="nav-link" href={path} aria-current={current ? "page" : undefined}>
                  <span>{label}</span>
                  <span className="nav-icon">
                    <Icon name={icon} />
                    <Count of={news} label={words.news} />
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
        <Identity />
      </nav>
      <div className={`content ${place ? `content-${place.name}` : ""}`} id="content">
        <ConnectionBar />
        {children}
      </div>
    </div>
  );
}

function Identity() {
  const me = useMe();
  const connection = useConnection();
  if (!me) return null;
  return (
    <p className="nav-me small soft">
      <i className={`dot ${connection.status === "open" ? "dot-on" : ""}`} />
      {me.displayName}
    </p>
  );
}
