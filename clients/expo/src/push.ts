import type { PushService } from "@dongbaejul/client/expo";
import Constants, { ExecutionEnvironment } from "expo-constants";

/** Loads Firebase's part of the package; undefined in Expo Go, which has no Firebase, and in a build without its configuration. */
export function loadFirebase() {
  const inExpoGo = Constants.executionEnvironment === ExecutionEnvironment.StoreClient;
  if (inExpoGo || Constants.expoConfig?.extra?.["firebase"] !== true) {
    return undefined;
  }
  // Not imported above: loading it fails where its native part is missing.
  return require("@dongbaejul/client/expo/firebase") as typeof import("@dongbaejul/client/expo/firebase");
}

/** What pushes, if there is something. */
export function createPush(): PushService | undefined {
  return loadFirebase()?.firebasePush();
}
