import Ionicons from "@expo/vector-icons/Ionicons";
import type { ComponentProps } from "react";
import { ActivityIndicator, Pressable, View } from "react-native";
import type { ViewStyle } from "react-native";
import { Text } from "./Text";
import { touch, useTheme } from "./theme";

export type IconName = ComponentProps<typeof Ionicons>["name"];

export function Icon({ name, size = 24, color = "ink" }: { name: IconName; size?: number; color?: "ink" | "soft" | "accent" | "onAccent" | "danger" }) {
  const theme = useTheme();
  // A glyph of a font, which a screen reader would read.
  return (
    <View aria-hidden>
      <Ionicons name={name} size={size} color={theme[color]} />
    </View>
  );
}

interface ButtonProps {
  title: string;
  onPress: () => void;
  look?: "primary" | "plain" | "danger";
  icon?: IconName;
  busy?: boolean;
  disabled?: boolean;
  style?: ViewStyle;
}

export function Button({ title, onPress, look = "plain", icon, busy = false, disabled = false, style }: ButtonProps) {
  const theme = useTheme();
  const ground = { primary: theme.accent, plain: theme.sunken, danger: theme.dangerSoft }[look];
  const ink = ({ primary: "onAccent", plain: "ink", danger: "danger" } as const)[look];
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityLabel={title}
      accessibilityState={{ disabled: disabled || busy, busy }}
      disabled={disabled || busy}
      onPress={onPress}
      style={({ pressed }) => [
        {
          minHeight: touch,
          paddingHorizontal: 18,
          paddingVertical: 10,
          borderRadius: 14,
          backgroundColor: ground,
          opacity: disabled ? 0.45 : pressed ? 0.75 : 1,
          flexDirection: "row",
          alignItems: "center",
          justifyContent: "center",
          gap: 8,
        },
        style,
      ]}
    >
      {busy ? <ActivityIndicator color={theme[ink]} /> : icon && <Icon name={icon} size={22} color={ink} />}
      <Text bold color={ink} style={{ textAlign: "center", flexShrink: 1 }}>
        {title}
      </Text>
    </Pressable>
  );
}

/** A button that is only an icon. */
export function IconButton({ icon, label, onPress, disabled = false, badge = 0 }: { icon: IconName; label: string; onPress: () => void; disabled?: boolean; badge?: number }) {
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityLabel={label}
      disabled={disabled}
      onPress={onPress}
      style={({ pressed }) => ({
        minWidth: touch,
        minHeight: touch,
        alignItems: "center",
        justifyContent: "center",
        opacity: disabled ? 0.4 : pressed ? 0.6 : 1,
      })}
    >
      <Icon name={icon} size={28} />
      {badge > 0 && (
        <View style={{ position: "absolute", top: 4, right: 2 }}>
          <Count of={badge} />
        </View>
      )}
    </Pressable>
  );
}

/** A number of things that are new. */
export function Count({ of, more = false }: { of: number; more?: boolean }) {
  const theme = useTheme();
  if (of === 0) {
    return null;
  }
  return (
    <View style={{ minWidth: 24, height: 24, borderRadius: 12, paddingHorizontal: 7, backgroundColor: theme.accent, alignItems: "center", justifyContent: "center" }}>
      <Text kind="small" bold color="onAccent" style={{ lineHeight: 22 }} maxFontSizeMultiplier={1}>
        {of > 99 ? "99+" : `${of}${more ? "+" : ""}`}
      </Text>
    </View>
  );
}
