-- Counts the changes of the post itself, from 1.
ALTER TABLE posts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
