import type { Photo } from "@dongbaejul/client";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { Unread } from "../club/queries";
import { useAction } from "../club/useAction";
import { numberInWords, useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Page } from "../shell/Page";
import { Button, IconButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { More } from "../ui/More";
import { Empty } from "../ui/State";
import { Lightbox } from "./Lightbox";
import { boxRatio, photoInWords, pictureOf } from "./pictures";
import { useAlbums, usePhotoCalls, usePhotos } from "./useAlbums";
import { albumWords } from "./words";
import "./AlbumPage.css";

/** How many photos before the last one the next page is loaded. */
const ahead = 6;

/** The photos of an album. */
export function AlbumPage({ album: albumId }: { album: string }) {
  const words = useWords(albumWords);
  const { albums } = useAlbums();
  const { list, photos, total, forget } = usePhotos(albumId);
  const [shown, setShown] = useState<string>();
  const [asked, setAsked] = useState<Photo>();
  const [hidden, setHidden] = useState<Photo>();
  const calls = usePhotoCalls();
  const hide = useAction(async (photo: Photo) => {
    await calls.hidePhoto({ photoId: photo.id });
    setAsked(undefined);
    setShown(undefined);
    setHidden(photo);
    forget(photo);
  });
  const undo = useAction(async ({ id }: Photo) => {
    await calls.hidePhoto({ photoId: id, hidden: false });
    setHidden(undefined);
    await list.refetch();
  });
  const at = photos?.findIndex(({ id }) => id === shown) ?? -1;
  const photo = photos?.[at];
  useFocusBack(photo?.id);
  const show = (next: number) => {
    setShown(photos?.[next]?.id);
    if (photos && next + ahead >= photos.length && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  return (
    <Page
      title={albums?.find(({ id }) => id === albumId)?.name || words.album}
      parent={pathTo("albums")}
      aside={photos && <p className="soft number">{words.count(total)}</p>}
    >
      {!photos ? (
        <Unread query={list} />
      ) : photos.length === 0 ? (
        <Empty icon="albums" title={words.noPhotos} />
      ) : (
        <>
          <ul className="photos">
            {photos.map((each, i) => (
              <PhotoItem key={each.id} photo={each} onOpen={() => show(i)} />
            ))}
          </ul>
          <More of={list} />
        </>
      )}
      {photo && (
        <Lightbox
          photo={photo}
          place={`${numberInWords(at + 1)} / ${numberInWords(total)}`}
          {...(at > 0 ? { onPrevious: () => show(at - 1) } : {})}
          {...(photos && at + 1 < photos.length ? { onNext: () => show(at + 1) } : {})}
          onHide={() => setAsked(photo)}
          onClose={() => setShown(undefined)}
        />
      )}
      {asked && (
        <Confirm
          title={words.hideAsk}
          action={words.hide}
          busy={hide.busy}
          onClose={() => {
            setAsked(undefined);
            hide.forget();
          }}
          onConfirm={() => void hide.run(asked)}
        >
          <p>{hide.fault?.message ?? words.hideNote}</p>
        </Confirm>
      )}
      {hidden && (
        <div className="notices">
          <div className="note undo">
            <p role="status">{undo.fault?.message ?? words.hidden}</p>
            <Button size="small" icon="undo" busy={undo.busy} onClick={() => void undo.run(hidden)}>
              {words.show}
            </Button>
            <IconButton icon="close" label={words.close} onClick={() => setHidden(undefined)} />
          </div>
        </div>
      )}
    </Page>
  );
}

function PhotoItem({ photo, onOpen }: { photo: Photo; onOpen: () => void }) {
  // The box has its size before the picture is there, so that nothing moves.
  const box = { "--ratio": boxRatio(photo) } as CSSProperties;
  return (
    <li style={box}>
      <button type="button" id={buttonOf(photo.id)} className="photo" onClick={onOpen}>
        <img
          alt={photoInWords(photo)}
          loading="lazy"
          decoding="async"
          {...pictureOf(photo.url, [320, 640], "(min-width: 60rem) 20rem, 50vw")}
        />
      </button>
    </li>
  );
}

const buttonOf = (photoId: string) => `photo-${photoId}`;

/** Returns the focus to the photo that was shown last. */
function useFocusBack(shown: string | undefined) {
  const last = useRef<string>(undefined);
  useEffect(() => {
    if (!shown && last.current) document.getElementById(buttonOf(last.current))?.focus();
    last.current = shown;
  }, [shown]);
}
