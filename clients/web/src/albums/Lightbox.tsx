import type { Photo } from "@dongbaejul/client";
import { type KeyboardEvent, type TouchEvent, useLayoutEffect, useRef, useState } from "react";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { At } from "../shell/Ago";
import { Button, IconButton } from "../ui/Button";
import { photoInWords, pictureOf } from "./pictures";
import { albumWords } from "./words";

interface LightboxProps {
  photo: Photo;
  /** Which of how many it is. */
  place: string;
  onPrevious?: () => void;
  onNext?: () => void;
  onHide: () => void;
  onClose: () => void;
}

/** One photo as large as the window. The browser keeps the focus in it, and closes it by Escape. */
export function Lightbox({ photo, place, onPrevious, onNext, onHide, onClose }: LightboxProps) {
  const words = useWords(albumWords);
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const [failed, setFailed] = useState<string>();
  const onKeyDown = (event: KeyboardEvent) => {
    // With a modifier, arrows are the browser's.
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const move = { ArrowLeft: onPrevious, ArrowRight: onNext }[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  return (
    <dialog
      ref={dialog}
      className="lightbox"
      aria-label={photoInWords(photo)}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="lightbox-content">
        <div className="lightbox-bar">
          <span className="soft number" role="status">
            {place}
          </span>
          <div className="lightbox-buttons">
            <IconButton icon="back" label={words.previous} aria-disabled={!onPrevious} onClick={onPrevious} />
            <IconButton icon="next" label={words.next} aria-disabled={!onNext} onClick={onNext} />
            <IconButton icon="close" label={words.close} onClick={onClose} />
          </div>
        </div>
        <div className="lightbox-stage" {...useSwipe(onPrevious, onNext)}>
          {failed === photo.id ? (
            <p className="lightbox-failed soft" role="alert">
              {words.failed}
            </p>
          ) : (
            <img
              key={photo.id}
              alt={photoInWords(photo)}
              onError={() => setFailed(photo.id)}
              {...pictureOf(photo.url, [640, 1280, 2048], "100vw")}
            />
          )}
        </div>
        <div className="lightbox-facts">
          <div>
            <p>
              {photo.author && <strong>{photo.author}</strong>}{" "}
              <span className="soft small">
                <At time={photo.createdAt} />
              </span>
            </p>
            {photo.isVideoThumbnail && <p className="small soft">{words.video}</p>}
          </div>
          <div className="row">
            {photo.gameId && (
              <Link className="link" href={pathTo("game", { game: photo.gameId })}>
                {words.game}
              </Link>
            )}
            <Button size="small" onClick={onHide}>
              {words.hide}
            </Button>
          </div>
        </div>
      </div>
    </dialog>
  );
}

/** How far a finger goes for the next photo, in pixels. */
const swipe = 48;

/** Returns the handlers of swipes. More than one finger, or a finger on a page that was zoomed in, is the browser's. */
function useSwipe(onPrevious: (() => void) | undefined, onNext: (() => void) | undefined) {
  const from = useRef<{ x: number; y: number }>(undefined);
  return {
    onTouchStart: ({ touches }: TouchEvent) => {
      const touch = touches[0];
      const alone = touches.length === 1 && (window.visualViewport?.scale ?? 1) < 1.01;
      from.current = alone && touch ? { x: touch.clientX, y: touch.clientY } : undefined;
    },
    onTouchCancel: () => {
      from.current = undefined;
    },
    onTouchEnd: ({ changedTouches }: TouchEvent) => {
      const touch = changedTouches[0];
      if (!from.current || !touch) return;
      const [x, y] = [touch.clientX - from.current.x, touch.clientY - from.current.y];
      from.current = undefined;
      if (Math.abs(x) < swipe || Math.abs(x) < 2 * Math.abs(y)) return;
      (x > 0 ? onPrevious : onNext)?.();
    },
  };
}
