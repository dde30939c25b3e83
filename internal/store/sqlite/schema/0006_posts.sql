CREATE TABLE posts (
  -- The number that what is done to a post refers to.
  n            INTEGER PRIMARY KEY,
  -- Where the post stands in every list, the highest first: the time of its creation, and 2^62 more while it is pinned. It
  -- is the post's rowid in posts_search.
  place        INTEGER NOT NULL,
  id           TEXT    NOT NULL,
  category     TEXT    NOT NULL,
  untold       INTEGER NOT NULL,
  author       TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  request_hash TEXT    NOT NULL,
  title        TEXT    NOT NULL,
  attachments  TEXT    NOT NULL,
  content      TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX posts_id ON posts (id);
-- These two are narrow, so that skipping to a page far down the list reads little.
CREATE UNIQUE INDEX posts_listed ON posts (place);
CREATE INDEX posts_in_category ON posts (category, place);
CREATE INDEX posts_of_author ON posts (author);
CREATE INDEX posts_untold ON posts (untold) WHERE untold = 1;

-- How many posts there are of each kind that can be listed.
CREATE TABLE post_counts (
  category TEXT    NOT NULL,
  pinned   INTEGER NOT NULL,
  posts    INTEGER NOT NULL,
  PRIMARY KEY (category, pinned)
) STRICT, WITHOUT ROWID;

-- What posts are found by, cut into words by the program: the tokenizer is the one that does nothing but look for the
-- spaces between them. It holds no text. A search for one letter is one for all words that begin with it, and these have
-- an index of their own.
CREATE VIRTUAL TABLE posts_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1');

-- The ids of deleted posts, so that a request repeated late does not bring one back.
CREATE TABLE deleted_posts (
  id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE post_likes (
  post    INTEGER NOT NULL,
  user_id TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (post, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_reads (
  post    INTEGER NOT NULL,
  user_id TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (post, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE comments (
  n            INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL,
  post         INTEGER NOT NULL,
  parent_id    TEXT    NOT NULL,
  untold       INTEGER NOT NULL,
  author       TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  deleted_at   INTEGER NOT NULL,
  request_hash TEXT    NOT NULL,
  content      TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX comments_id ON comments (id);
CREATE INDEX comments_of_post ON comments (post, created_at, id);
CREATE INDEX comments_shown ON comments (post) WHERE deleted_at = 0;
CREATE INDEX comments_of_author ON comments (author) WHERE deleted_at = 0;
CREATE INDEX comments_untold ON comments (untold) WHERE untold = 1;
