/** The severity of a log entry. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** The fields of an entry: names, numbers and ids. Never a token, a message or anything else that a user wrote. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Receives log entries; `console` is one. Levels that it lacks are not logged. */
export type Logger = { readonly [level in LogLevel]?: (message: string, fields: LogFields) => void };

/** Logs one entry. It never throws. */
export type Log = (level: LogLevel, message: string, fields: LogFields) => void;

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Returns a function that logs entries of a level and above. */
export function createLog(logger: Logger, least: LogLevel): Log {
  return (level, message, fields) => {
    if (levels.indexOf(level) >= levels.indexOf(least)) {
      try {
        logger[level]?.(message, fields);
      } catch {
        // An error of the logger is ignored.
      }
    }
  };
}

/** The default logger, which shows only errors of the program's own listeners. */
export const mistakesOnly: Logger = { error: (message, fields) => console.error(message, fields) };
