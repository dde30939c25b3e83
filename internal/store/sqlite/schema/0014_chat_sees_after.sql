-- Finds whether somebody in a room may not read a message of it, at each edit and deletion.
CREATE INDEX room_members_sees_after ON room_members (room_id, sees_after) WHERE has_left = 0 AND sees_after > 0;
