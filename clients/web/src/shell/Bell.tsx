import { useClub, useSelected } from "@dongbaejul/client/react";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Count } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { shellWords } from "./words";

/** The link to the notifications, with the number of new ones. */
export function Bell() {
  const words = useWords(shellWords);
  const unread = useSelected(useClub().notifications, (list) => list.unread);
  return (
    <Link className="icon-button bell" href={pathTo("notifications")}>
      <Icon name="bell" />
      <span className="hidden-visually">{words.notifications}</span>
      <Count of={unread} label={words.newNotifications} />
    </Link>
  );
}
