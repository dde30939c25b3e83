-- A user's log lies on disk in its order. The columns that are looked for come before the long ones.
CREATE TABLE notifications (
  user_id    TEXT    NOT NULL,
  seq        INTEGER NOT NULL,
  read_at    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  id         TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  title      TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  game_id    TEXT    NOT NULL,
  post_id    TEXT    NOT NULL,
  comment_id TEXT    NOT NULL,
  room_id    TEXT    NOT NULL,
  message_id TEXT    NOT NULL,
  PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX notifications_id ON notifications (id);
CREATE INDEX notifications_unread ON notifications (user_id, seq) WHERE read_at = 0;

CREATE TABLE devices (
  token         TEXT    NOT NULL PRIMARY KEY,
  user_id       TEXT    NOT NULL,
  session_id    TEXT    NOT NULL,
  platform      TEXT    NOT NULL,
  registered_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_of_user ON devices (user_id, registered_at);

CREATE TABLE announcements (
  id         TEXT    NOT NULL PRIMARY KEY,
  by_user    TEXT    NOT NULL,
  title      TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX announcements_by_age ON announcements (created_at);

CREATE TABLE reminders (
  id           TEXT    NOT NULL PRIMARY KEY,
  due          INTEGER NOT NULL,
  kind         TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  -- When it can be claimed: due at first, and then when the last claim ends.
  claimable_at INTEGER NOT NULL,
  claim        TEXT    NOT NULL,
  attempts     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_claimable ON reminders (claimable_at, id);
