-- Derived from the log and rebuilt when missing, damaged or of another schema: a change here is
-- a new number, and index.db starts again from nothing.

-- How far the log is indexed, and the id of the event there: tells an index of another log.
CREATE TABLE index_state (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  cursor  INTEGER NOT NULL,
  last_id TEXT    NOT NULL
);
INSERT INTO index_state VALUES (1, 0, '');

-- Posting lists. A segment is a run of 2^18 positions (seq >> 18). It comes first in the keys so
-- that the indexer writes to a working set that does not grow with the log.
CREATE TABLE idx_type (
  segment INTEGER NOT NULL,
  type    TEXT    NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (segment, type, seq)
) WITHOUT ROWID;

CREATE TABLE idx_company (
  segment    INTEGER NOT NULL,
  company_id TEXT    NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (segment, company_id, seq)
) WITHOUT ROWID;

CREATE TABLE idx_user (
  segment INTEGER NOT NULL,
  user_id TEXT    NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (segment, user_id, seq)
) WITHOUT ROWID;

CREATE TABLE idx_correlation (
  segment        INTEGER NOT NULL,
  correlation_id TEXT    NOT NULL,
  seq            INTEGER NOT NULL,
  PRIMARY KEY (segment, correlation_id, seq)
) WITHOUT ROWID;

-- Types that occur: patterns like order.* expand through it.
CREATE TABLE idx_type_name (
  type TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Zone map: the least and greatest time among the positions of a block, on two levels
-- (block = seq >> shift). Results are in the order of positions, so a range of times is served
-- by skipping blocks.
CREATE TABLE idx_zone (
  shift    INTEGER NOT NULL,
  block    INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  PRIMARY KEY (shift, block)
) WITHOUT ROWID;

-- Events per hour (of their time, hours since the epoch) and type, for each company and in all.
CREATE TABLE event_counts (
  company_id TEXT    NOT NULL,
  hour       INTEGER NOT NULL,
  type       TEXT    NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (company_id, hour, type)
) WITHOUT ROWID;

CREATE TABLE event_totals (
  hour  INTEGER NOT NULL,
  type  TEXT    NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, type)
) WITHOUT ROWID;
