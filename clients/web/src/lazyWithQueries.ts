import { type ComponentType, lazy } from "react";

/** Returns a component that is loaded when first shown, wrapped in the providers that queries need. */
export function lazyWithQueries<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return lazy(async () => {
    const [{ withQueries }, Component] = await Promise.all([import("./club/queries"), load()]);
    return { default: withQueries(Component) };
  });
}
