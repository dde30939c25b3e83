-- What games of a court and games of a user are found by.
ALTER TABLE games ADD COLUMN court_id TEXT NOT NULL DEFAULT '';
UPDATE games SET court_id = document ->> 'court_id' WHERE document ->> 'court_id' IS NOT NULL;
CREATE INDEX games_by_court ON games (court_id, game_date, id, status) WHERE court_id <> '';

-- The participants of each game and those who wait.
CREATE TABLE game_people (
  user_id   TEXT    NOT NULL,
  game_date INTEGER NOT NULL,
  game_id   TEXT    NOT NULL,
  PRIMARY KEY (user_id, game_date, game_id)
) STRICT, WITHOUT ROWID;

INSERT INTO game_people
  SELECT value ->> 'user', game_date, games.id FROM games, json_each(document, '$.participants')
  UNION SELECT value ->> 'user', game_date, games.id FROM games, json_each(document, '$.waiting');
