import { useEffect } from "react";

/** Keeps the screen from going dark for as long as this is shown, where the browser can. */
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
    // The browser takes it back whenever the page is hidden.
    document.addEventListener("visibilitychange", ask);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
