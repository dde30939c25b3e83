import { useEffect } from "react";

const everyMs = 10 * 60_000;

/** Reloads the page when the server has a new version. For pages on which nobody taps or types. */
export function useNewVersion() {
  useEffect(() => {
    let first: string | null = null;
    const look = async () => {
      try {
        const { ok, headers } = await fetch("/", { method: "HEAD", cache: "no-store" });
        const tag = headers.get("ETag");
        if (!ok || tag === null) return;
        if (first !== null && tag !== first) location.reload();
        first = tag;
      } catch {
        // The server is unavailable: retry next time.
      }
    };
    void look();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, []);
}
