-- How a game ended. All that are stored were played out.
UPDATE games SET document = json_set(document, '$.end', 'completed') WHERE status = 'completed';

-- Whether ratings follow from the result, 0 or 1; mu and sigma mean nothing where they do not.
ALTER TABLE game_results ADD COLUMN rated INTEGER NOT NULL DEFAULT 1;

DROP INDEX game_results_in_order;
CREATE INDEX game_results_in_order ON game_results (completed_at, game_id, team, user_id, winner) WHERE rated = 1;
