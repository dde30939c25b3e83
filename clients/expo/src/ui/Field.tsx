import { TextInput, View } from "react-native";
import type { TextInputProps } from "react-native";
import { Text } from "./Text";
import { size, touch, useTheme } from "./theme";

/** A line or more to write in. */
export function Field({ label, multiline = false, ...more }: TextInputProps & { label: string }) {
  const theme = useTheme();
  return (
    <View style={{ gap: 4 }}>
      <Text kind="small" bold color="soft">
        {label}
      </Text>
      <TextInput
        accessibilityLabel={label}
        placeholderTextColor={theme.soft}
        multiline={multiline}
        style={{
          minHeight: touch,
          borderRadius: 14,
          borderWidth: 1,
          borderColor: theme.line,
          paddingHorizontal: 14,
          paddingVertical: 13,
          fontSize: size.body,
          color: theme.ink,
          backgroundColor: theme.sunken,
          textAlignVertical: "top",
        }}
        {...more}
      />
    </View>
  );
}
