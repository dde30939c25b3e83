import Constants from "expo-constants";
import { Platform } from "react-native";

/**
 * Where the club's server is: EXPO_PUBLIC_SERVER_URL. Without it a page asks where it came from, and an app in development the
 * computer that it is developed on.
 */
export const serverUrl = process.env.EXPO_PUBLIC_SERVER_URL ?? (Platform.OS === "web" ? location.origin : developmentServer());

function developmentServer(): string {
  const [host = "localhost"] = (Constants.expoConfig?.hostUri ?? "").split(":");
  return `http://${host || "localhost"}:3000`;
}
