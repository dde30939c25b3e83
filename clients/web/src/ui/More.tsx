import { useEffect, useRef } from "react";
import { useFault } from "../club/queries";
import { useWords } from "../language/language";
import { Button } from "./Button";
import { FaultNote } from "./State";
import { uiWords } from "./words";

interface MoreProps {
  of: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: Error | null;
    fetchNextPage: () => Promise<unknown>;
  };
}

/** Loads the next page of a list when its end comes near, with a button as a fallback. */
export function More({ of: { hasNextPage, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage } }: MoreProps) {
  const words = useWords(uiWords);
  const end = useRef<HTMLDivElement>(null);
  const fault = useFault(error);
  // After a failure, the reader retries with the button.
  const loads = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (!end.current || !loads) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some((entry) => entry.isIntersecting)) void fetchNextPage();
      },
      { rootMargin: "600px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [loads, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={end} className="more">
      {isFetchNextPageError && <FaultNote fault={fault} />}
      <Button look="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {words.more}
      </Button>
    </div>
  );
}
