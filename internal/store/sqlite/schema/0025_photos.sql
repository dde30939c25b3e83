-- Albums and photos copied from Band. pass is the last pass of a sync that has seen one.
CREATE TABLE albums (
  id         TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  owner      TEXT    NOT NULL,
  owner_name TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  pass       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX albums_listed ON albums (created_at, id);
CREATE INDEX albums_by_pass ON albums (pass);

CREATE TABLE photos (
  id          TEXT    NOT NULL PRIMARY KEY,
  -- Empty for a photo of no album.
  album       TEXT    NOT NULL,
  author      TEXT    NOT NULL,
  author_name TEXT    NOT NULL,
  url         TEXT    NOT NULL,
  width       INTEGER NOT NULL,
  height      INTEGER NOT NULL,
  comments    INTEGER NOT NULL,
  emotions    INTEGER NOT NULL,
  video       INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  pass        INTEGER NOT NULL,
  -- 0 for one that is shown, 1 for a hidden one, 2 for a hidden one that Band does not have any more.
  state       INTEGER NOT NULL,
  hidden_by   TEXT    NOT NULL,
  hidden_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX photos_listed ON photos (album, state, created_at, id);
CREATE INDEX photos_by_pass ON photos (state, pass);

-- The games that were on when a photo was taken, rated or not.
CREATE INDEX game_results_by_time ON game_results (completed_at, game_id);
