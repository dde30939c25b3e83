-- When a user's role or status changed last, until all that follows from it is done; 0 then. Users who left before there was
-- such a note are followed up once.
ALTER TABLE users ADD COLUMN rights_changed_at INTEGER NOT NULL DEFAULT 0;
UPDATE users SET rights_changed_at = 1 WHERE status <> 'active';
CREATE INDEX users_with_changed_rights ON users (id) WHERE rights_changed_at > 0;

-- What a name has in common with those that look like it; empty for none.
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX users_by_name ON users (name_key) WHERE name_key <> '';
