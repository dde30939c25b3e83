-- Finds all sessions of a user, also those that were revoked: they go with the account.
DROP INDEX sessions_of_user;
CREATE INDEX sessions_of_user ON sessions (user_id, revoked_at, last_used_at);
