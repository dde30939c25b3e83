import { existsSync } from "node:fs";
import type { ExpoConfig } from "expo/config";

// Push notifications need these two files, which the Firebase console generates. They are optional: everything but push works without.
const google = { android: "./google-services.json", ios: "./GoogleService-Info.plist" };
const firebase = existsSync(google.android) && existsSync(google.ios);

const config: ExpoConfig = {
  name: "동배즐",
  slug: "dongbaejul",
  // Sign-ins end at dongbaejul://auth, which must be among the server's AUTH_REDIRECT_URIS.
  scheme: "dongbaejul",
  version: "0.1.0",
  orientation: "default",
  userInterfaceStyle: "automatic",
  icon: "./assets/icon.png",
  platforms: ["ios", "android", "web"],
  ios: { bundleIdentifier: "kr.dongbaejul.app", supportsTablet: true, ...(firebase && { googleServicesFile: google.ios }) },
  android: {
    package: "kr.dongbaejul.app",
    adaptiveIcon: { foregroundImage: "./assets/icon.png", backgroundColor: "#0a7550" },
    ...(firebase && { googleServicesFile: google.android }),
  },
  web: { bundler: "metro", output: "single", favicon: "./assets/icon.png" },
  plugins: [
    "expo-router",
    "expo-secure-store",
    "expo-web-browser",
    "expo-font",
    // Only the choice of pictures, for which neither system asks.
    ["expo-image-picker", { cameraPermission: false, microphonePermission: false, photosPermission: false }],
    ...(firebase ? ["@react-native-firebase/app", "@react-native-firebase/messaging"] : []),
  ],
  extra: { firebase },
};

export default config;
