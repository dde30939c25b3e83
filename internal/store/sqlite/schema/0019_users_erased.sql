-- Who was erased has no name: what they are called is for clients to say.
UPDATE users SET display_name = '', initials = '' WHERE band_user_id = '' AND status = 'withdrawn';
