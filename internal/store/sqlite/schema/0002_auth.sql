CREATE TABLE logins (
  state_hash   TEXT    NOT NULL PRIMARY KEY,
  redirect_uri TEXT    NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logins_expiring ON logins (expires_at);

CREATE TABLE sessions (
  id            TEXT    NOT NULL PRIMARY KEY,
  user_id       TEXT    NOT NULL,
  device        TEXT    NOT NULL,
  ip            TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  nonce         TEXT    NOT NULL,
  token_hash    TEXT    NOT NULL,
  previous_hash TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_user ON sessions (user_id, last_used_at) WHERE revoked_at = 0;
CREATE INDEX sessions_expiring ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at <> 0;

CREATE TABLE band_tokens (
  user_id TEXT NOT NULL PRIMARY KEY,
  sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
