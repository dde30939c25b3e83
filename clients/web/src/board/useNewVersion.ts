import { useEffect } from "react";

const everyMs = 10 * 60_000;

/** Loads the page anew when the server has another version of it. For pages that nobody touches and nobody types in. */
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
        // The server is away: next time.
      }
    };
    void look();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, []);
}
