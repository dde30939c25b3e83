-- Notifications keep who and what by id. What was broadcast stays with its announcement, also where that had been deleted
-- before the notifications of it.
INSERT INTO announcements (id, by_user, title, body, created_at, sent_at)
  SELECT substr(key, length('broadcast/') + 1), '', max(title), max(body), min(created_at), min(created_at)
  FROM notifications WHERE kind = 'broadcast' GROUP BY key
  ON CONFLICT (id) DO NOTHING;

ALTER TABLE notifications DROP COLUMN title;
ALTER TABLE notifications DROP COLUMN body;
ALTER TABLE notifications ADD COLUMN actor_id TEXT NOT NULL DEFAULT '';
