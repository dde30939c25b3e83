-- A game is a document; the columns beside it are what games are found and counted by.
CREATE TABLE games (
  id        TEXT    NOT NULL PRIMARY KEY,
  status    TEXT    NOT NULL,
  game_date INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  -- How many are on its waiting list.
  waiting   INTEGER NOT NULL,
  -- How many errands are to be done for it.
  errands   INTEGER NOT NULL,
  document  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX games_by_date ON games (game_date, id, status, waiting);
CREATE INDEX games_by_status ON games (status, game_date, id, version);
CREATE INDEX games_with_errands ON games (id) WHERE errands > 0;

-- What an ongoing game has to itself: its court and its players.
CREATE TABLE game_holds (
  key     TEXT NOT NULL PRIMARY KEY,
  game_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who has joined which games, those cancelled left out.
CREATE TABLE game_joined (
  user_id TEXT NOT NULL,
  game_id TEXT NOT NULL,
  PRIMARY KEY (user_id, game_id)
) STRICT, WITHOUT ROWID;

-- One row for each player of each completed game, with the player's rating after it. It follows from the games.
CREATE TABLE game_results (
  user_id        TEXT    NOT NULL,
  completed_at   INTEGER NOT NULL,
  game_id        TEXT    NOT NULL,
  team           INTEGER NOT NULL,
  winner         INTEGER NOT NULL,
  points_for     INTEGER NOT NULL,
  points_against INTEGER NOT NULL,
  mvp            INTEGER NOT NULL,
  mu             REAL    NOT NULL,
  sigma          REAL    NOT NULL,
  PRIMARY KEY (user_id, completed_at, game_id)
) STRICT, WITHOUT ROWID;

-- The order that ratings are computed in.
CREATE INDEX game_results_in_order ON game_results (completed_at, game_id, team, user_id, winner);

CREATE TABLE courts (
  id          TEXT    NOT NULL PRIMARY KEY,
  name        TEXT    NOT NULL,
  maintenance INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
