CREATE INDEX announcements_unsent ON announcements (created_at) WHERE sent_at = 0;
