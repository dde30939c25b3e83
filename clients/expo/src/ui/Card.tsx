import type { ReactNode } from "react";
import { Pressable, View } from "react-native";
import type { ViewStyle } from "react-native";
import { Icon } from "./Button";
import { Text } from "./Text";
import { touch, useTheme } from "./theme";

/** A part of a page, with a title. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <View style={{ gap: 8 }}>
      <Text bold kind="large" accessibilityRole="header">
        {title}
      </Text>
      {children}
    </View>
  );
}

export function Card({ children, style }: { children: ReactNode; style?: ViewStyle }) {
  const theme = useTheme();
  return (
    <View style={[{ backgroundColor: theme.surface, borderRadius: 18, borderWidth: 1, borderColor: theme.line, overflow: "hidden" }, style]}>{children}</View>
  );
}

interface RowProps {
  children: ReactNode;
  onPress?: () => void;
  /** What a screen reader says; the texts in it when left out. */
  label?: string;
  first?: boolean;
}

/** A line of a list in a card. */
export function Row({ children, onPress, label, first = false }: RowProps) {
  const theme = useTheme();
  const style: ViewStyle = {
    minHeight: touch + 8,
    paddingHorizontal: 16,
    paddingVertical: 12,
    flexDirection: "row",
    alignItems: "center",
    gap: 12,
    borderTopWidth: first ? 0 : 1,
    borderColor: theme.line,
  };
  if (!onPress) {
    return <View style={style}>{children}</View>;
  }
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityLabel={label}
      onPress={onPress}
      style={({ pressed }) => [style, { backgroundColor: pressed ? theme.sunken : theme.surface }]}
    >
      {children}
      <Icon name="chevron-forward" size={20} color="soft" />
    </Pressable>
  );
}

type Tone = "plain" | "accent" | "warn" | "danger";

/** A word about something. */
export function Badge({ children, tone = "plain" }: { children: string | undefined; tone?: Tone }) {
  const theme = useTheme();
  const ground = { plain: theme.sunken, accent: theme.accentSoft, warn: theme.warnSoft, danger: theme.dangerSoft }[tone];
  return (
    <View style={{ backgroundColor: ground, borderRadius: 8, paddingHorizontal: 10, paddingVertical: 2, alignSelf: "flex-start" }}>
      <Text kind="small" bold color={tone === "plain" ? "soft" : tone}>
        {children}
      </Text>
    </View>
  );
}
