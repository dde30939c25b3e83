import { browserLifecycle } from "../index.js";
import type { Lifecycle } from "../index.js";
import type { ExpoModules, NetInfoState } from "./modules.js";

/**
 * Returns the lifecycle of an app. In the background the connection is closed at once: iOS suspends the app after some 5 s without
 * closing its sockets, and while the server has a stream it does not push. On the web it is that of the page.
 */
export function appLifecycle({ appState, netInfo, os }: Pick<ExpoModules, "appState" | "netInfo" | "os">): Lifecycle {
  if (os === "web") {
    return browserLifecycle();
  }
  const onState = (wanted: string, listener: () => void) => {
    const subscription = appState.addEventListener("change", (state) => {
      if (state === wanted) {
        listener();
      }
    });
    return () => subscription.remove();
  };
  return {
    onForeground: (listener) => onState("active", listener),
    // Not "inactive": that is a call, a permission's dialog or the control centre, and often over in a moment.
    onBackground: (listener) => onState("background", listener),
    backgroundMs: 0,
    onOnline(listener) {
      let before: string | undefined;
      return netInfo.addEventListener((state) => {
        const now = networkOf(state);
        // A new listener is called with the current state.
        if (before !== undefined && now !== offline && now !== before) {
          listener();
        }
        before = now;
      });
    },
  };
}

const offline = "none";

function networkOf({ isConnected, isInternetReachable, type }: NetInfoState): string {
  return isConnected === true && isInternetReachable !== false ? type : offline;
}
