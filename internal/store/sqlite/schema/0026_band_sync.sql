-- The role that Band said last, and whether the user is withdrawn since Band says that they have left.
ALTER TABLE users ADD COLUMN band_role TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN left_band INTEGER NOT NULL DEFAULT 0;

-- What Band calls an author who is no user, where a copy of a post lies in Band, and the last pass of a sync that has seen it; 0 for
-- what was written here.
ALTER TABLE posts ADD COLUMN author_name TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN band_url TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN band_pass INTEGER NOT NULL DEFAULT 0;
CREATE INDEX posts_of_band ON posts (band_pass) WHERE band_pass > 0;

ALTER TABLE comments ADD COLUMN author_name TEXT NOT NULL DEFAULT '';
ALTER TABLE comments ADD COLUMN of_band INTEGER NOT NULL DEFAULT 0;

-- How the sync with Band stands, in one row.
CREATE TABLE band_sync (
  id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  state TEXT    NOT NULL
) STRICT;

-- What Band said of a thing when all that belongs to it was read last, and in which pass.
CREATE TABLE band_marks (
  id   TEXT    NOT NULL PRIMARY KEY,
  mark TEXT    NOT NULL,
  pass INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX band_marks_by_pass ON band_marks (pass);
