-- Text is compared in another form: the program computes again what members and posts are found by, see rebuilds.
INSERT INTO posts_search (posts_search) VALUES ('delete-all');
