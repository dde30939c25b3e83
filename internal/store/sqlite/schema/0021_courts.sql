-- A court counts its changes, keeps its row when it is deleted, and has the hash of the request that created it.
ALTER TABLE courts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE courts ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE courts ADD COLUMN request_hash TEXT NOT NULL DEFAULT '';
