import { type Notification, NotificationKind } from "@dongbaejul/client";
import { useNotifications, usePermission } from "@dongbaejul/client/react";
import { useEffect, useEffectEvent, useState } from "react";
import { useWords } from "../language/language";
import { pathTo } from "../router/paths";
import { Link } from "../router/router";
import { Ago } from "../shell/Ago";
import { Page } from "../shell/Page";
import { Pending } from "../shell/Pending";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { Empty, FaultNote } from "../ui/State";
import { BroadcastDialog } from "./BroadcastDialog";
import { notificationWords } from "./words";
import "./NotificationsPage.css";

/** The user's notifications. Opening the page marks them as read. */
export function NotificationsPage() {
  const words = useWords(notificationWords);
  const list = useNotifications();
  const broadcast = usePermission("notifications.broadcast");
  const [telling, setTelling] = useState(false);
  // What was new when the page was opened stays highlighted while it is shown.
  const [seen, setSeen] = useState<bigint>();
  const { notifications, markRead } = list;
  const newest = notifications[0]?.seq;
  const look = useEffectEvent(() => {
    setSeen((before) => before ?? notifications.find(({ read }) => read)?.seq ?? 0n);
    void markRead();
  });
  // Once per newest notification: marking changes the list, and a failure reads it again.
  useEffect(() => {
    if (newest !== undefined) look();
  }, [newest]);
  return (
    <Page
      title={words.title}
      parent={pathTo("board")}
      width="narrow"
      actions={
        broadcast && (
          <Button size="small" onClick={() => setTelling(true)}>
            {words.broadcast}
          </Button>
        )
      }
    >
      {telling && <BroadcastDialog onClose={() => setTelling(false)} />}
      {!list.isLoaded && notifications.length === 0 ? (
        <Pending error={list.error} />
      ) : list.notifications.length === 0 ? (
        <Empty icon="bell" title={words.none} />
      ) : (
        <>
          <ul className="list card">
            {list.notifications.map((notification) => (
              <NotificationRow key={notification.id} notification={notification} isNew={seen !== undefined && notification.seq > seen} />
            ))}
          </ul>
          {list.hasOlder && (
            <div className="more">
              <Button look="quiet" busy={list.isLoadingOlder} onClick={list.loadOlder}>
                {words.older}
              </Button>
            </div>
          )}
          <FaultNote fault={list.error} />
        </>
      )}
    </Page>
  );
}

const icons: Record<NotificationKind, IconName> = {
  [NotificationKind.UNSPECIFIED]: "bell",
  [NotificationKind.PROMOTED]: "check",
  [NotificationKind.GAME_CHANGED]: "games",
  [NotificationKind.GAME_CANCELLED]: "close",
  [NotificationKind.GAME_STARTING]: "clock",
  [NotificationKind.COMMENT]: "posts",
  [NotificationKind.REPLY]: "reply",
  [NotificationKind.NOTICE]: "pin",
  [NotificationKind.CHAT_MESSAGE]: "chat",
  [NotificationKind.MENTION]: "chat",
  [NotificationKind.BROADCAST]: "bell",
};

function NotificationRow({ notification, isNew }: { notification: Notification; isNew: boolean }) {
  const words = useWords(notificationWords);
  const { kind, title, body, createdAt } = notification;
  const to = destination(notification);
  const content = (
    <>
      <span className="notification-icon">
        <Icon name={icons[kind] ?? "bell"} size={20} />
      </span>
      <span className="notification-text">
        <strong>
          {isNew && <span className="hidden-visually">{words.isNew}: </span>}
          {title}
        </strong>
        {body && <span className="notification-body">{body}</span>}
        <span className="small soft">
          <Ago time={createdAt} />
        </span>
      </span>
    </>
  );
  return (
    <li className={`list-item ${isNew ? "notification-new" : ""}`}>
      {to ? (
        <Link className="notification" href={to}>
          {content}
        </Link>
      ) : (
        <div className="notification">{content}</div>
      )}
    </li>
  );
}

/** Returns the path of the page that the notification is about. */
function destination({ target }: Notification): string | undefined {
  switch (target.case) {
    case "message":
      return pathTo("room", { room: target.value.roomId });
    case "game":
      return pathTo("game", { game: target.value.gameId });
    case "post":
      return pathTo("post", { post: target.value.postId });
  }
  return undefined;
}
