import { Platform, Text as NativeText } from "react-native";
import type { TextProps as NativeTextProps, TextStyle } from "react-native";
import { size, useTheme } from "./theme";
import type { Theme } from "./theme";

interface TextProps extends NativeTextProps {
  kind?: keyof typeof size;
  color?: Exclude<keyof Theme, "isDark">;
  bold?: boolean;
  style?: TextStyle;
}

// A style of browsers, which React Native's types do not have.
const keepWords = (Platform.OS === "web" ? { wordBreak: "keep-all", overflowWrap: "anywhere" } : {}) as TextStyle;

/** Text in the app's sizes and colors. */
export function Text({ kind = "body", color = "ink", bold = false, style, ...more }: TextProps) {
  const theme = useTheme();
  const fontSize = size[kind];
  return (
    <NativeText
      maxFontSizeMultiplier={1.8}
      // Korean is broken between words, and not within them.
      lineBreakStrategyIOS="hangul-word"
      style={[keepWords, { color: theme[color], fontSize, lineHeight: Math.round(fontSize * 1.45), fontWeight: bold ? "700" : "400" }, style]}
      {...more}
    />
  );
}
