import { type ReactNode, useEffect, useEffectEvent, useId } from "react";
import { useWords } from "../language/language";
import { Button, IconButton } from "../ui/Button";
import { type Picture, type Pictures, pictureTypes, type UploadedPicture } from "./usePictures";
import { uploadWords } from "./words";
import "./Pictures.css";

interface PictureInputProps {
  onChoose: (files: File[]) => void;
  /** What looks like the button, and says what it does. */
  children: ReactNode;
  className: string;
  several?: boolean;
  disabled?: boolean;
}

/** A button that opens the browser's choice of pictures. */
export function PictureInput({ onChoose, children, className, several = false, disabled = false }: PictureInputProps) {
  const id = useId();
  return (
    <label className={`picture-input ${className}`} htmlFor={id}>
      {children}
      <input
        id={id}
        className="hidden-visually"
        type="file"
        accept={pictureTypes}
        multiple={several}
        disabled={disabled}
        onChange={({ target }) => {
          onChoose([...(target.files ?? [])]);
          // The same file can be chosen again.
          target.value = "";
        }}
      />
    </label>
  );
}

/** Calls `onGiven` with files that are dropped anywhere on the page or pasted, in place of what the browser does with them. */
export function useGivenFiles(onGiven: (files: File[]) => void) {
  const give = useEffectEvent((event: Event, data: DataTransfer | null) => {
    const files = [...(data?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    onGiven(files);
  });
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      if (!hasText(event.clipboardData)) give(event, event.clipboardData);
    };
    const onDrop = (event: DragEvent) => give(event, event.dataTransfer);
    const onDragOver = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    document.addEventListener("paste", onPaste);
    document.addEventListener("drop", onDrop);
    document.addEventListener("dragover", onDragOver);
    return () => {
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("drop", onDrop);
      document.removeEventListener("dragover", onDragOver);
    };
  }, []);
}

/** Reports whether text was copied. Word and Excel add a picture of it; some systems add their names to copied files. */
function hasText(data: DataTransfer | null): boolean {
  const names = [...(data?.files ?? [])].map(({ name }) => name);
  const lines = (data?.getData("text/plain") ?? "").split(/[\r\n]+/);
  return lines.some((line) => line.trim() !== "" && !names.includes(line.trim()));
}

interface PictureStripProps {
  /** Those that are uploaded, before those that are not. */
  uploaded: readonly UploadedPicture[];
  pictures: Pictures;
  onRemove: (picture: UploadedPicture) => void;
}

/** Small pictures in a row, with the progress of those that are being uploaded, and why others were not. */
export function PictureStrip({ uploaded, pictures: { pending, remove, retry }, onRemove }: PictureStripProps) {
  const words = useWords(uploadWords);
  if (uploaded.length + pending.length === 0) return null;
  const failed = pending.filter(({ fault }) => fault);
  return (
    <div className="pictures">
      <ul className="pictures-row" aria-label={words.pictures}>
        {uploaded.map((picture) => (
          <Tile key={picture.fileId} src={`${picture.url}?w=320`} name={picture.name} onRemove={() => onRemove(picture)} />
        ))}
        {pending.map((picture) => (
          <Tile key={picture.key} src={picture.preview} name={picture.name} pending={picture} onRemove={() => remove(picture.key)} />
        ))}
      </ul>
      {failed.map(({ key, name, fault }) => (
        <p key={key} className="pictures-fault small field-error" role="alert">
          <span>
            <strong>{name}</strong> {fault?.message}
          </span>
          <Button size="small" onClick={() => retry(key)}>
            {words.retry}
          </Button>
        </p>
      ))}
    </div>
  );
}

interface TileProps {
  src: string;
  name: string;
  pending?: Picture;
  onRemove: () => void;
}

function Tile({ src, name, pending, onRemove }: TileProps) {
  const words = useWords(uploadWords);
  return (
    <li className={pending?.fault ? "pictures-tile pictures-failed" : "pictures-tile"}>
      <img src={src} alt={name || words.picture} />
      {pending && !pending.fault && !pending.isDone && <progress max={1} value={pending.progress} aria-label={words.sending(name)} />}
      <IconButton icon="close" label={words.remove(name)} onClick={onRemove} />
    </li>
  );
}
