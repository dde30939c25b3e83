import type { Album } from "@dongbaejul/client";
import { usePermission } from "@dongbaejul/client/react";
import { Unread } from "../club/queries";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { ButtonLink } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { pictureOf } from "./pictures";
import { SyncCard } from "./SyncCard";
import { useAlbums } from "./useAlbums";
import { albumWords } from "./words";
import "./AlbumsPage.css";

/** The albums of the club's Band. */
export function AlbumsPage() {
  const words = useWords(albumWords);
  const maySync = usePermission("band.sync");
  const { list, albums, syncStatus } = useAlbums();
  return (
    <Page title={words.albums} parent={pathTo("posts")}>
      {maySync && <SyncCard status={syncStatus} onEnd={() => void list.refetch()} />}
      {!albums ? (
        <Unread query={list} />
      ) : albums.length === 0 ? (
        <Empty icon="albums" title={words.none}>
          <ButtonLink href={pathTo("posts")}>{words.toBoard}</ButtonLink>
        </Empty>
      ) : (
        <>
          <ul className="albums">
            {albums.map((album) => (
              <AlbumItem key={album.id} album={album} />
            ))}
          </ul>
          <More of={list} />
        </>
      )}
    </Page>
  );
}

function AlbumItem({ album }: { album: Album }) {
  const words = useWords(albumWords);
  return (
    <li>
      <Link className="album card" href={pathTo("album", { album: album.id })}>
        <span className="album-cover">
          {album.cover ? (
            // The name stands below.
            <img alt="" loading="lazy" decoding="async" {...pictureOf(album.cover, [320, 640], "(min-width: 60rem) 15rem, 50vw")} />
          ) : (
            <Icon name="albums" size={40} />
          )}
        </span>
        <span className="album-facts">
          <strong>{album.name}</strong>
          <span className="small soft">
            <span className="number">{words.count(album.photoCount)}</span> · <Ago time={album.createdAt} />
          </span>
        </span>
      </Link>
    </li>
  );
}
