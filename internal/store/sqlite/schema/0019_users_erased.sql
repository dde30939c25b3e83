-- Erased users have no name: clients show words of their own.
UPDATE users SET display_name = '', initials = '' WHERE band_user_id = '' AND status = 'withdrawn';
