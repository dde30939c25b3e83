import { NotificationKind } from "@dongbaejul/client";
import type { Notification } from "@dongbaejul/client";
import { useNotifications } from "@dongbaejul/client/react";
import { useEffect, useState } from "react";
import { View } from "react-native";
import { useOpenTarget } from "../parts/targets";
import { ago } from "../time";
import { Button, Icon } from "../ui/Button";
import type { IconName } from "../ui/Button";
import { Badge, Card, Row } from "../ui/Card";
import { Screen } from "../ui/Screen";
import { Empty, Loaded, Problem } from "../ui/State";
import { Text } from "../ui/Text";

/** What the user was told. To look at it is to read it. */
export default function Notifications() {
  const list = useNotifications();
  const { notifications, markRead } = list;
  const newest = notifications[0]?.seq;
  // What was new when the screen was opened stays marked while it is shown.
  const [readUpTo, setReadUpTo] = useState<bigint>();
  if (readUpTo === undefined && newest !== undefined) {
    setReadUpTo(notifications.find(({ read }) => read)?.seq ?? 0n);
  }
  useEffect(() => {
    if (newest !== undefined) {
      void markRead(newest);
    }
  }, [newest, markRead]);
  return (
    <Screen>
      {list.isLoaded && <Problem fault={list.error} />}
      <Loaded of={list} isEmpty={notifications.length === 0} empty={<Empty icon="notifications-outline">아직 알림이 없어요.</Empty>}>
        <Card>
          {notifications.map((notification, i) => (
            <NotificationRow key={notification.id} notification={notification} isNew={readUpTo !== undefined && notification.seq > readUpTo} first={i === 0} />
          ))}
        </Card>
        {list.hasOlder && <Button title="이전 알림" busy={list.isLoadingOlder} onPress={() => void list.loadOlder()} />}
      </Loaded>
    </Screen>
  );
}

const icons: Partial<Record<NotificationKind, IconName>> = {
  [NotificationKind.PROMOTED]: "checkmark-circle-outline",
  [NotificationKind.GAME_CHANGED]: "calendar-outline",
  [NotificationKind.GAME_CANCELLED]: "close-circle-outline",
  [NotificationKind.GAME_STARTING]: "time-outline",
  [NotificationKind.COMMENT]: "reader-outline",
  [NotificationKind.REPLY]: "reader-outline",
  [NotificationKind.NOTICE]: "pin-outline",
  [NotificationKind.CHAT_MESSAGE]: "chatbubble-outline",
  [NotificationKind.MENTION]: "at-outline",
  [NotificationKind.BROADCAST]: "megaphone-outline",
};

function NotificationRow({ notification, isNew, first }: { notification: Notification; isNew: boolean; first: boolean }) {
  const open = useOpenTarget();
  const { kind, title, body, createdAt, target } = notification;
  return (
    <Row first={first} {...(target.case && { onPress: () => open(target.value) })}>
      <Icon name={icons[kind] ?? "notifications-outline"} color={isNew ? "accent" : "soft"} />
      <View style={{ flex: 1, gap: 2 }}>
        <Text bold={isNew}>{title}</Text>
        {body !== "" && (
          <Text kind="small" color="soft" numberOfLines={3}>
            {body}
          </Text>
        )}
        <View style={{ flexDirection: "row", gap: 8, alignItems: "center" }}>
          <Text kind="small" color="soft">
            {ago(createdAt)}
          </Text>
          {isNew && <Badge tone="accent">새 알림</Badge>}
        </View>
      </View>
    </Row>
  );
}
