import { Window } from "happy-dom";
import { createElement, StrictMode, useEffect } from "react";
import type { ComponentType } from "react";
import type { ClubSource, Club } from "../../src/index.js";
import { ClubProvider } from "../../src/react/index.js";

// Before react-dom is loaded, which looks for them. No more of a browser: the client is to find Node.
const window = new Window();
Object.assign(globalThis, { window, document: window.document });
// Node has one from version 21 on.
globalThis.navigator ??= { userAgent: "" } as Navigator;
const { createRoot } = await import("react-dom/client");
const { flushSync } = await import("react-dom");

export interface Mounted {
  /** What was rendered, as text. */
  text(): string;
  unmount(): void;
}

/** Mounts a component below a ClubProvider, under StrictMode. Its effects have run when this returns. */
export function mount(client: ClubSource, club: Club, component: ComponentType): Mounted {
  const element = document.createElement("div");
  const root = createRoot(element);
  const tree = createElement(StrictMode, null, createElement(ClubProvider, { client, club }, createElement(component)));
  flushSync(() => root.render(tree));
  return { text: () => element.textContent ?? "", unmount: () => root.unmount() };
}

export interface Used<T> extends Mounted {
  /** What the hook has returned last. */
  readonly now: T;
  /** What it has returned at each commit, the oldest first. */
  readonly seen: readonly T[];
}

/** Mounts a component that uses one hook. */
export function use<T>(client: ClubSource, club: Club, hook: () => T, effect: (value: T) => void = () => {}): Used<T> {
  const seen: T[] = [];
  const mounted = mount(client, club, function Probe() {
    const value = hook();
    useEffect(() => {
      seen.push(value);
      effect(value);
    }, [value]);
    return null;
  });
  return {
    ...mounted,
    seen,
    get now() {
      const value = seen.at(-1);
      if (value === undefined) {
        throw new Error("the hook has not returned yet");
      }
      return value;
    },
  };
}

