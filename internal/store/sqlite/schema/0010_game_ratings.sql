-- From which game on, in the order that ratings are computed in, the ratings in game_results are still to be computed; no row
-- where all are. Those before it are right.
CREATE TABLE game_ratings_due (
  one          INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  completed_at INTEGER NOT NULL,
  game_id      TEXT    NOT NULL
) STRICT;
