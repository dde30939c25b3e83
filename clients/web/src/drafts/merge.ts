/** A form's values for something that others may change at the same time. */
export interface Edited<T> {
  /** What the form is based on, and its version. */
  base: T;
  version: number;
  /** What the form holds. */
  value: T;
  /** The fields that others have changed since the form was opened. Their values are those of `base`. */
  changed: readonly (keyof T & string)[];
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Rebases a form on newer values: fields that the user has changed stay, the others are updated. */
export function rebased<T extends object>({ base, value, changed }: Edited<T>, now: T, version: number): Edited<T> {
  const next = { ...now };
  const others = new Set(changed);
  for (const field of Object.keys(now) as (keyof T & string)[]) {
    if (!isSame(base[field], now[field])) others.add(field);
    if (!isSame(base[field], value[field])) next[field] = value[field];
  }
  return { base: now, version, value: next, changed: [...others] };
}

/** Returns a stored draft if it has the shape of the form; undefined if another version of the app has stored something else. */
export function conform<T>(shape: T, kept: unknown): T | undefined {
  if (typeof kept !== typeof shape || kept === null || Array.isArray(kept) !== Array.isArray(shape)) return undefined;
  if (typeof shape !== "object" || shape === null || Array.isArray(shape)) return kept as T;
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(shape)) {
    const field = conform(value, (kept as Record<string, unknown>)[name]);
    if (field === undefined) return undefined;
    known[name] = field;
  }
  return known as T;
}
