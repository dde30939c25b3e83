CREATE TABLE rooms (
  id               TEXT    NOT NULL PRIMARY KEY,
  name             TEXT    NOT NULL,
  type             TEXT    NOT NULL,
  created_by       TEXT    NOT NULL,
  created_at       INTEGER NOT NULL,
  request_hash     TEXT    NOT NULL,
  last_seq         INTEGER NOT NULL,
  -- The place of the last message in the log; 0 without one.
  last_message_seq INTEGER NOT NULL,
  -- When the last message came, or, without one, when the room was created.
  active_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rooms_by_type ON rooms (type);

-- Who leaves a room keeps the row, and with it the read position.
CREATE TABLE room_members (
  room_id    TEXT    NOT NULL,
  user_id    TEXT    NOT NULL,
  joined_at  INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL,
  read_seq   INTEGER NOT NULL,
  has_left   INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_members_of_user ON room_members (user_id, room_id, joined_seq) WHERE has_left = 0;

-- The log lies on disk in the order it is read: a page of history is one place in the file, however large the table. The
-- columns that are counted by come before the long ones. What an entry does not have is NULL, which costs least to read.
CREATE TABLE room_log (
  room_id      TEXT    NOT NULL,
  seq          INTEGER NOT NULL,
  kind         TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  deleted_at   INTEGER,
  edited_at    INTEGER,
  at           INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  temp_id      TEXT,
  content      TEXT,
  attachments  TEXT,
  reply_to     TEXT,
  -- The id of the message that was edited or deleted.
  target       TEXT,
  -- Who joined or left.
  user_id      TEXT,
  PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX room_log_id ON room_log (id);
CREATE UNIQUE INDEX room_log_temp_id ON room_log (room_id, actor, temp_id) WHERE kind = 'message';
