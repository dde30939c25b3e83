-- How a user names a device, since the token is not for URLs.
ALTER TABLE devices ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE devices SET id = lower(hex(randomblob(16)));
