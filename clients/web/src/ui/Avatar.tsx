import { useState } from "react";
import { firstCharacter } from "../format/text";
import "./Avatar.css";

/** A member's picture, or the first letter of their name. It is hidden from screen readers, since the name is beside it. */
export function Avatar({
  name,
  src,
  online = false,
  size = "medium",
}: {
  name: string;
  src: string;
  online?: boolean;
  size?: "small" | "medium" | "large";
}) {
  const [broken, setBroken] = useState(false);
  return (
    <span className={`avatar avatar-${size}`} aria-hidden="true">
      {src && !broken ? (
        <img src={src} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      ) : (
        <span>{firstCharacter(name.trim()) || "?"}</span>
      )}
      {online && <i className="avatar-online" />}
    </span>
  );
}
