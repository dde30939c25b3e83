import { randomId } from "@dongbaejul/client";
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { type Place, placeAt } from "./paths";
import { leaveFor, restoreScroll } from "./scroll";

// The address bar is the state; this only notifies React of changes.
const listeners = new Set<() => void>();

function tell() {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

window.addEventListener("popstate", ({ state }: PopStateEvent) => {
  leaveFor(state?.entry ?? "");
  tell();
  restoreScroll();
});

const currentPath = () => window.location.pathname;
const currentQuery = () => window.location.search;

/** Returns the current page; undefined at an unknown address. */
export function usePlace(): Place | undefined {
  const path = useSyncExternalStore(subscribe, currentPath);
  return placeAt(path);
}

/** Returns the query of the address. */
export function useSearchParams(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, currentQuery));
}

/** Navigates to another page. With `replace`, the current one is removed from the history. */
export function go(path: string, { replace = false } = {}) {
  if (replace) {
    window.history.replaceState(window.history.state, "", path);
  } else {
    const entry = randomId();
    leaveFor(entry);
    window.history.pushState({ came: "from here", entry }, "", path);
    window.scrollTo(0, 0);
  }
  tell();
}

/** Goes back, or to `parent` if the previous page was another site. */
export function goBack(parent: string) {
  if (window.history.state?.came) window.history.back();
  else go(parent, { replace: true });
}

/** A link to a page of the app. With a modifier key, it behaves like any link. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
