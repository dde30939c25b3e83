import type { ReactNode } from "react";
import { RefreshControl, ScrollView, View } from "react-native";
import { useSafeAreaInsets } from "react-native-safe-area-context";
import { ConnectionBar } from "../parts/ConnectionBar";
import { useTheme } from "./theme";

interface ScreenProps {
  children: ReactNode;
  /** What stays at the bottom, within reach of the thumb. */
  footer?: ReactNode;
  /** What pulling down does. */
  onRefresh?: () => void;
  isRefreshing?: boolean;
}

/** A page that scrolls, with what stays below it. */
export function Screen({ children, footer, onRefresh, isRefreshing = false }: ScreenProps) {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  return (
    <View style={{ flex: 1, backgroundColor: theme.ground }}>
      <ConnectionBar />
      <ScrollView
        contentContainerStyle={{ padding: 16, gap: 16, paddingBottom: footer ? 24 : 24 + insets.bottom, width: "100%", maxWidth: 720, alignSelf: "center" }}
        keyboardShouldPersistTaps="handled"
        {...(onRefresh && { refreshControl: <RefreshControl refreshing={isRefreshing} onRefresh={onRefresh} /> })}
      >
        {children}
      </ScrollView>
      {footer && (
        <View style={{ backgroundColor: theme.surface, borderTopWidth: 1, borderColor: theme.line, padding: 12, paddingBottom: 12 + insets.bottom }}>
          <View style={{ gap: 10, width: "100%", maxWidth: 720, alignSelf: "center" }}>{footer}</View>
        </View>
      )}
    </View>
  );
}
