-- The server processes that serve, each until a time.
CREATE TABLE processes (
  id           TEXT    NOT NULL PRIMARY KEY,
  serves_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX processes_now ON processes (serves_until);
