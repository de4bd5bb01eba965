-- The id of every event, for duplicates and look-ups: `id` is packed (see index/id_key.hpp), company
-- and source are hashes of 32 bits. A hit is compared with the event in the log. The log itself has
-- no ids to search, so this table decides whether an event is new: an index of an older schema is
-- made anew as a whole, never carried on.
CREATE TABLE idx_id (
  id      BLOB    NOT NULL,
  company INTEGER NOT NULL,
  source  INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (id, company, source, seq)
) WITHOUT ROWID;

-- Which history of the log was indexed.
ALTER TABLE index_state ADD COLUMN history TEXT NOT NULL DEFAULT '';
