import { useClub, useSelected } from "@dongbaejul/client/react";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Count } from "../ui/Badge";
import { Icon } from "../ui/Icon";

/** The way to the notifications, with how many are new. */
export function Bell() {
  const unread = useSelected(useClub().notifications, (list) => list.unread);
  return (
    <Link className="icon-button bell" href={pathTo("notifications")}>
      <Icon name="bell" />
      <span className="hidden-visually">알림</span>
      <Count of={unread} label="새 알림" />
    </Link>
  );
}
