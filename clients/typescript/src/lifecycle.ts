/**
 * What the client is told about the program it is in: while it is in the background, or the device is offline, no error says so
 * and timers may stand still. Each function calls the listener whenever that happens, and gives what ends that. Adapters for
 * React Native are in the README.
 */
export interface Lifecycle {
  /** The program is shown again. */
  onForeground(listener: () => void): () => void;
  /** The program is no longer shown. */
  onBackground(listener: () => void): () => void;
  /** The device has a network, or another one. */
  onOnline(listener: () => void): () => void;
}

type Target = { addEventListener?: (type: string, f: () => void) => void; removeEventListener?: (type: string, f: () => void) => void };

/** The lifecycle of a page in a browser. It is the default where there is a `document`. */
export function browserLifecycle(): Lifecycle {
  const { document: page } = globalThis as unknown as { document?: Target & { visibilityState?: string } };
  const window = globalThis as unknown as Target;
  const on = (target: Target | undefined, type: string, f: () => void) => {
    target?.addEventListener?.(type, f);
    return () => target?.removeEventListener?.(type, f);
  };
  const visible = (state: string, listener: () => void) =>
    on(page, "visibilitychange", () => {
      if (page?.visibilityState === state) {
        listener();
      }
    });
  return {
    onForeground(listener) {
      // A page out of the back-forward cache has been visible before, and has lost its connections.
      const ends = [visible("visible", listener), on(window, "pageshow", listener)];
      return () => ends.forEach((end) => end());
    },
    onBackground: (listener) => visible("hidden", listener),
    onOnline: (listener) => on(window, "online", listener),
  };
}
