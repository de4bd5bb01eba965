-- The tree over the log, see messages/evidence/event_leaf.hpp and docs/evidence.md.

CREATE TABLE evidence_tree (
  one      BIGINT PRIMARY KEY CHECK (one = 1),
  size     BIGINT NOT NULL,
  frontier BYTEA  NOT NULL, -- roots of its complete subtrees, the largest first
  salt     TEXT   COLLATE "C" NOT NULL -- fingerprint of the salt key
) WITH (fillfactor = 50);
INSERT INTO evidence_tree VALUES (1, 0, '', '');

-- Roots of complete subtrees of 4,096 leaves and more.
CREATE TABLE evidence_nodes (
  level  BIGINT NOT NULL,
  number BIGINT NOT NULL,
  hash   BYTEA  NOT NULL,
  PRIMARY KEY (level, number)
);

-- The first four bytes of each leaf, of 256 leaves a row: they tell which event of a block was
-- changed.
CREATE TABLE evidence_leaves (
  chunk    BIGINT PRIMARY KEY,
  prefixes BYTEA  NOT NULL
);

-- Signed heads: the newest, and the last of each hour before.
CREATE TABLE evidence_heads (
  size BIGINT PRIMARY KEY,
  hour BIGINT NOT NULL,
  time BIGINT NOT NULL,
  note TEXT   COLLATE "C" NOT NULL
);

CREATE TABLE evidence_keys (
  number BIGINT PRIMARY KEY, -- 1, 2, 3 …
  key    TEXT   COLLATE "C" NOT NULL UNIQUE,
  since  BIGINT NOT NULL
);

-- The name is the node's from now on: a cursor of an application's consumer would make it begin in
-- the middle of the log, and the tree refuse each of its leaves.
DELETE FROM handler_retries WHERE consumer = 'sealer';
DELETE FROM dead_letters WHERE consumer = 'sealer';
DELETE FROM consumers WHERE name = 'sealer';
