/**
 * Reports changes of the program that the client runs in: while it is in the background, or the device is offline, calls may hang and
 * timers may stop. Each function calls the listener at every change, and returns a function that removes it. Adapters for React Native
 * are in the README.
 */
export interface Lifecycle {
  /** The program is shown again. */
  onForeground(listener: () => void): () => void;
  /** The program is no longer shown. */
  onBackground(listener: () => void): () => void;
  /** How long a subscription keeps its connection in the background, in milliseconds. 20,000 when left out. */
  readonly backgroundMs?: number;
  /** The device has a network, or another one. */
  onOnline(listener: () => void): () => void;
  /** Another tab has written to the storage. Left out where there are no tabs. */
  onStorage?(listener: () => void): () => void;
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
  return {
    onForeground(listener) {
      const shown = () => {
        if (page?.visibilityState === "visible") {
          listener();
        }
      };
      // A page from the back-forward cache was visible before, and has lost its connections.
      const ends = [on(page, "visibilitychange", shown), on(window, "pageshow", listener)];
      return () => ends.forEach((end) => end());
    },
    // A hidden page stays connected: its title counts what is unread, and the browser does not close its connections.
    onBackground: () => () => {},
    onOnline: (listener) => on(window, "online", listener),
    onStorage: (listener) => on(window, "storage", listener),
  };
}
