-- has_left: 0 in the room, 1 left, 2 removed by somebody else.

-- The number of the last entry that a member may not read, since it was there before they came. Those who are in a room already
-- go on reading all of it.
ALTER TABLE room_members ADD COLUMN sees_after INTEGER NOT NULL DEFAULT 0;

DROP INDEX room_members_of_user;
CREATE INDEX room_members_of_user ON room_members (user_id, room_id, joined_seq, sees_after, read_seq) WHERE has_left = 0;

-- What requests with a request_id asked for. They are kept for a day.
CREATE TABLE room_requests (
  id           TEXT    NOT NULL PRIMARY KEY,
  request_hash TEXT    NOT NULL,
  at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX room_requests_by_age ON room_requests (at);
