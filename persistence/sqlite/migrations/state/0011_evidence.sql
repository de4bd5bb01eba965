-- The tree over the log, see messages/evidence/event_leaf.hpp and docs/evidence.md.

CREATE TABLE evidence_tree (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  size     INTEGER NOT NULL,
  frontier BLOB    NOT NULL, -- roots of its complete subtrees, the largest first
  salt     TEXT    NOT NULL  -- fingerprint of the salt key
);
INSERT INTO evidence_tree VALUES (1, 0, x'', '');

-- Roots of complete subtrees of 4,096 leaves and more.
CREATE TABLE evidence_nodes (
  level  INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hash   BLOB    NOT NULL,
  PRIMARY KEY (level, number)
) WITHOUT ROWID;

-- The first four bytes of each leaf, of 256 leaves a row: they tell which event of a block was
-- changed.
CREATE TABLE evidence_leaves (
  chunk    INTEGER PRIMARY KEY,
  prefixes BLOB    NOT NULL
);

-- Signed heads: the newest, and the last of each hour before.
CREATE TABLE evidence_heads (
  size INTEGER PRIMARY KEY,
  hour INTEGER NOT NULL,
  time INTEGER NOT NULL,
  note TEXT    NOT NULL
);

CREATE TABLE evidence_keys (
  number INTEGER PRIMARY KEY, -- 1, 2, 3 …
  key    TEXT    NOT NULL UNIQUE,
  since  INTEGER NOT NULL
);

-- The name is the node's from now on: a cursor of an application's consumer would make it begin in
-- the middle of the log, and the tree refuse each of its leaves.
DELETE FROM handler_retries WHERE consumer = 'sealer';
DELETE FROM dead_letters WHERE consumer = 'sealer';
DELETE FROM consumers WHERE name = 'sealer';
