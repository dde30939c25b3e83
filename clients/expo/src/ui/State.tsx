import type { Fault } from "@dongbaejul/client";
import type { ReactNode } from "react";
import { ActivityIndicator, View } from "react-native";
import { Button, Icon } from "./Button";
import type { IconName } from "./Button";
import { Text } from "./Text";
import { useTheme } from "./theme";

export function Loading() {
  const theme = useTheme();
  return (
    <View style={{ padding: 40, alignItems: "center" }}>
      <ActivityIndicator size="large" color={theme.accent} accessibilityLabel="불러오는 중" />
    </View>
  );
}

export function Empty({ icon, children }: { icon: IconName; children: string }) {
  return (
    <View style={{ paddingVertical: 36, paddingHorizontal: 20, alignItems: "center", gap: 12 }}>
      <Icon name={icon} size={40} color="soft" />
      <Text color="soft" style={{ textAlign: "center" }}>
        {children}
      </Text>
    </View>
  );
}

/** Says what went wrong, and what can be done. */
export function Problem({ fault, onRetry, children }: { fault: Fault | undefined; onRetry?: () => void; children?: ReactNode }) {
  const theme = useTheme();
  if (!fault) {
    return null;
  }
  return (
    <View accessibilityRole="alert" style={{ backgroundColor: theme.dangerSoft, borderRadius: 14, padding: 14, gap: 10 }}>
      <Text color="danger">{fault.message}</Text>
      {onRetry && <Button title="다시 시도" onPress={onRetry} />}
      {children}
    </View>
  );
}

/** Shows a list, or why there is none: it is loading, it cannot be loaded, or it is empty. */
export function Loaded({ of, isEmpty, empty, children }: { of: { isLoaded: boolean; error: Fault | undefined }; isEmpty: boolean; empty: ReactNode; children: ReactNode }) {
  if (!of.isLoaded) {
    return of.error ? <Problem fault={of.error} /> : <Loading />;
  }
  return isEmpty ? empty : children;
}
