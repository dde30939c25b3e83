-- Pictures that members upload. What of them is in the folder or bucket follows from their ids.
CREATE TABLE uploads (
  id           TEXT    NOT NULL PRIMARY KEY,
  user_id      TEXT    NOT NULL,
  purpose      TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  content_type TEXT    NOT NULL,
  size         INTEGER NOT NULL,
  state        TEXT    NOT NULL,
  problem      TEXT    NOT NULL,
  found        TEXT    NOT NULL,
  width        INTEGER NOT NULL,
  height       INTEGER NOT NULL,
  blurhash     TEXT    NOT NULL,
  used         INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  request_hash TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_unused ON uploads (created_at, id) WHERE used = 0;
CREATE INDEX uploads_of_user ON uploads (user_id, id) WHERE used = 0 OR purpose = 'avatar';
