import type { PushService } from "@dongbaejul/client/expo";
import Constants, { ExecutionEnvironment } from "expo-constants";

/** What pushes; undefined in Expo Go, which has no Firebase, and in a build without its configuration. */
export function createPush(): PushService | undefined {
  const inExpoGo = Constants.executionEnvironment === ExecutionEnvironment.StoreClient;
  if (inExpoGo || Constants.expoConfig?.extra?.["firebase"] !== true) {
    return undefined;
  }
  // Not imported above: loading it fails where its native part is missing.
  const { firebasePush } = require("@dongbaejul/client/expo/firebase") as typeof import("@dongbaejul/client/expo/firebase");
  return firebasePush();
}
