/** How much a log entry matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What an entry is about: names, numbers and ids. Never a token, a message or anything else that a user wrote. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What takes log entries: `console` is one. Levels that it lacks are not logged. */
export type Logger = { readonly [level in LogLevel]?: (message: string, fields: LogFields) => void };

/** Logs one entry. It never throws. */
export type Log = (level: LogLevel, message: string, fields: LogFields) => void;

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Returns what logs entries of a level and those above. */
export function createLog(logger: Logger, least: LogLevel): Log {
  return (level, message, fields) => {
    if (levels.indexOf(level) >= levels.indexOf(least)) {
      try {
        logger[level]?.(message, fields);
      } catch {
        // A logger that fails changes nothing.
      }
    }
  };
}

/** The mistakes of the program's own listeners are shown where nothing else is asked for. */
export const mistakesOnly: Logger = { error: (message, fields) => console.error(message, fields) };
