import type { PushTarget } from "@dongbaejul/client/expo";
import { ClubProvider, useSession } from "@dongbaejul/client/react";
import { Stack, useRouter } from "expo-router";
import { StatusBar } from "expo-status-bar";
import { useEffect, useState } from "react";
import { Platform } from "react-native";
import { SafeAreaProvider } from "react-native-safe-area-context";
import { app } from "../club";
import { useOpenTarget } from "../parts/targets";
import { IconButton } from "../ui/Button";
import { Loading } from "../ui/State";
import { useTheme } from "../ui/theme";

export default function RootLayout() {
  return (
    <ClubProvider client={app.client} club={app.club}>
      <SafeAreaProvider>
        <StatusBar style="auto" />
        <Screens />
      </SafeAreaProvider>
    </ClubProvider>
  );
}

function Screens() {
  const theme = useTheme();
  const { status } = useSession();
  useOpenedPushes(status);
  if (status === "unknown") {
    return <Loading />;
  }
  return (
    <Stack
      screenOptions={{
        headerStyle: { backgroundColor: theme.surface },
        headerShadowVisible: false,
        headerTintColor: theme.ink,
        // A browser has no back button of the system's, and that of the library is small.
        ...(Platform.OS === "web" && { headerLeft: Back }),
        headerTitleStyle: { fontSize: 20, fontWeight: "700" },
        headerBackButtonDisplayMode: "minimal",
        contentStyle: { backgroundColor: theme.ground },
      }}
    >
      <Stack.Protected guard={status === "signed_in"}>
        <Stack.Screen name="(tabs)" options={{ headerShown: false, title: "동배즐" }} />
        <Stack.Screen name="games/[id]/index" options={{ title: "경기" }} />
        <Stack.Screen name="games/[id]/score" options={{ title: "점수 기록" }} />
        <Stack.Screen name="chat/[id]" options={{ title: "채팅" }} />
        <Stack.Screen name="posts/[id]" options={{ title: "글" }} />
        <Stack.Screen name="posts/new" options={{ title: "글쓰기" }} />
        <Stack.Screen name="notifications" options={{ title: "알림" }} />
      </Stack.Protected>
      <Stack.Protected guard={status === "signed_out"}>
        <Stack.Screen name="sign-in" options={{ headerShown: false, title: "로그인" }} />
      </Stack.Protected>
      <Stack.Screen name="auth" options={{ headerShown: false, title: "로그인" }} />
    </Stack>
  );
}

function Back({ canGoBack }: { canGoBack?: boolean }) {
  const router = useRouter();
  return <IconButton icon="arrow-back" label="뒤로" onPress={() => (canGoBack ? router.back() : router.replace("/"))} />;
}

/** Opens what a notification is about when it is tapped: once there are screens, where the tap has started the app. */
function useOpenedPushes(status: ReturnType<typeof useSession>["status"]) {
  const open = useOpenTarget();
  const [tapped, setTapped] = useState<PushTarget>();
  useEffect(() => app.push?.onOpened(setTapped), []);
  useEffect(() => {
    if (!tapped || status === "unknown") return;
    setTapped(undefined);
    // It was for who was signed in, if nobody is now.
    if (status === "signed_in") open(tapped);
  }, [tapped, status, open]);
}
