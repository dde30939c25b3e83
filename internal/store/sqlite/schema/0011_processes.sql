-- The server processes that serve, each until a time.
CREATE TABLE processes (
  id           TEXT    NOT NULL PRIMARY KEY,
  serves_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
