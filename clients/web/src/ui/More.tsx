import { useEffect, useRef } from "react";
import { Button } from "./Button";

interface MoreProps {
  of: { hasMore: boolean; loadingMore: boolean; more(): void };
}

/** Asks for the next page of a list when its end comes near, and by a button where that does not happen. */
export function More({ of: { hasMore, loadingMore, more } }: MoreProps) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((entry) => entry.isIntersecting)) latest.current();
      },
      { rootMargin: "600px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [hasMore, loadingMore]);
  if (!hasMore) return null;
  return (
    <div ref={end} className="more">
      <Button look="quiet" busy={loadingMore} onClick={more}>
        더 보기
      </Button>
    </div>
  );
}
