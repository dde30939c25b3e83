-- Who deleted a post, so that the call can be repeated; empty for those deleted before this was kept.
ALTER TABLE deleted_posts ADD COLUMN deleted_by TEXT NOT NULL DEFAULT '';
