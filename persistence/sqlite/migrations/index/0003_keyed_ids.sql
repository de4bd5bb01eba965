-- Company and source in idx_id are hashes of 64 bits from now on, by a key that only this file has: who
-- chooses a name cannot make its hash that of another.
CREATE TABLE index_key (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  key BLOB    NOT NULL
);
INSERT INTO index_key VALUES (1, randomblob(16));

-- Positions up to the cursor whose events could not be read: the index lacks them.
CREATE TABLE idx_missing (
  first_seq INTEGER PRIMARY KEY,
  last_seq  INTEGER NOT NULL
);
