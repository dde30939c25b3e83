-- How far a room's members have been notified of its messages: those that come after it are still owed that.
ALTER TABLE rooms ADD COLUMN told_seq INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET told_seq = last_message_seq;

CREATE UNIQUE INDEX rooms_untold ON rooms (id) WHERE last_message_seq > told_seq;
