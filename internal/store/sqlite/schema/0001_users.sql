-- Times are microseconds since 1970-01-01 UTC; 0 stands for never.
CREATE TABLE users (
  id           TEXT    NOT NULL PRIMARY KEY,
  band_user_id TEXT    NOT NULL,
  display_name TEXT    NOT NULL,
  -- The initial consonants of display_name, which searches are narrowed down by.
  initials     TEXT    NOT NULL,
  avatar       TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  status       TEXT    NOT NULL,
  skill_level  TEXT    NOT NULL,
  preferences  TEXT    NOT NULL,
  band_name    TEXT    NOT NULL,
  band_image   TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A user who was erased has no band_user_id.
CREATE UNIQUE INDEX users_band ON users (band_user_id) WHERE band_user_id <> '';
CREATE INDEX users_listed ON users (status, display_name, id);
CREATE INDEX users_by_role ON users (role, status);
