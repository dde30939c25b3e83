import { useNotifications, useRooms } from "@dongbaejul/client/react";
import { Tabs, useRouter } from "expo-router";
import { Icon, IconButton } from "../../ui/Button";
import type { IconName } from "../../ui/Button";
import { useTheme } from "../../ui/theme";

const tabs: readonly (readonly [name: string, title: string, icon: IconName])[] = [
  ["index", "현황판", "home-outline"],
  ["games", "경기", "calendar-outline"],
  ["chat", "채팅", "chatbubbles-outline"],
  ["posts", "게시판", "reader-outline"],
  ["me", "내 정보", "person-outline"],
];

export default function TabsLayout() {
  const theme = useTheme();
  const { unread, unreadMore } = useRooms();
  return (
    <Tabs
      screenOptions={{
        headerStyle: { backgroundColor: theme.surface, borderBottomColor: theme.line },
        headerTitleStyle: { fontSize: 24, fontWeight: "700", color: theme.ink },
        headerTitleAlign: "left",
        headerRight: Bell,
        tabBarStyle: { backgroundColor: theme.surface, borderTopColor: theme.line, minHeight: 68 },
        tabBarItemStyle: { paddingVertical: 6 },
        tabBarLabelStyle: { fontSize: 13, fontWeight: "600" },
        tabBarLabelPosition: "below-icon",
        tabBarActiveTintColor: theme.accent,
        tabBarInactiveTintColor: theme.soft,
        tabBarBadgeStyle: { backgroundColor: theme.accent, color: theme.onAccent },
        sceneStyle: { backgroundColor: theme.ground },
      }}
    >
      {tabs.map(([name, title, icon]) => (
        <Tabs.Screen
          key={name}
          name={name}
          options={{
            title,
            tabBarIcon: ({ focused }) => <Icon name={icon} size={26} color={focused ? "accent" : "soft"} />,
            ...(name === "chat" && unread > 0 && { tabBarBadge: unread > 99 || unreadMore ? "99+" : unread }),
          }}
        />
      ))}
    </Tabs>
  );
}

function Bell() {
  const router = useRouter();
  const { unread } = useNotifications();
  return <IconButton icon="notifications-outline" label={unread > 0 ? `알림, 안 읽음 ${unread}개` : "알림"} badge={unread} onPress={() => router.push("/notifications")} />;
}
