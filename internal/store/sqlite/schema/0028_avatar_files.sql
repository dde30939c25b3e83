-- The ID of the upload that is the avatar, which the URLs of this server in avatar named: a signature of 22 characters ends them.
ALTER TABLE users ADD COLUMN avatar_file TEXT NOT NULL DEFAULT '';

UPDATE users SET avatar = '', avatar_file = u.id FROM uploads u
  WHERE users.avatar LIKE 'http%' AND u.user_id = users.id AND u.purpose = 'avatar'
    AND substr(users.avatar, -length(u.id) - 31, length(u.id) + 9) = '/photos/' || u.id || '/';
