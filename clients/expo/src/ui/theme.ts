import { useColorScheme } from "react-native";

const light = {
  isDark: false,
  ground: "#f4f6f3",
  surface: "#ffffff",
  sunken: "#ebeee9",
  line: "#dce1da",
  ink: "#141915",
  soft: "#515b54",
  accent: "#0a7550",
  accentSoft: "#dcf1e6",
  onAccent: "#ffffff",
  danger: "#b02318",
  dangerSoft: "#fce6e3",
  warn: "#7c5200",
  warnSoft: "#fcefd2",
  team1: "#0a5a8a",
  team2: "#9a3412",
};

export type Theme = typeof light;

const dark: Theme = {
  isDark: true,
  ground: "#0e1210",
  surface: "#171c19",
  sunken: "#212824",
  line: "#2c3530",
  ink: "#eef3ef",
  soft: "#a9b5ad",
  accent: "#4fd69a",
  accentSoft: "#15352a",
  onAccent: "#05170f",
  danger: "#ff9f95",
  dangerSoft: "#3d1a17",
  warn: "#f2c46d",
  warnSoft: "#362b12",
  team1: "#0d4a70",
  team2: "#7a2c12",
};

/** Returns the colors of the device's light or dark mode. */
export function useTheme(): Theme {
  return useColorScheme() === "dark" ? dark : light;
}

/** Sizes of text; the device's text size comes on top. */
export const size = { small: 15, body: 17, large: 20, title: 24, score: 34 };

/** What is touched is at least this high. */
export const touch = 52;
