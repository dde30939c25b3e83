import { useEffect } from "react";

/** Keeps the screen on while the component is shown, if the browser supports it. */
export function useWakeLock() {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const ask = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const got = await navigator.wakeLock?.request("screen");
        if (over) await got?.release();
        else lock = got;
      } catch {
        // The battery is low, or the browser has other reasons.
      }
    };
    void ask();
    // The browser releases the lock whenever the page is hidden.
    document.addEventListener("visibilitychange", ask);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
