-- The log, its indexes, and what is counted of it: all in the transaction that appends.

-- `json`, not `jsonb`: an event is kept byte for byte (docs/adr). SQL reads it by the same operators.
CREATE TABLE event_log (
  seq            BIGINT PRIMARY KEY,
  type           TEXT COLLATE "C" NOT NULL,
  time           BIGINT NOT NULL, -- microseconds since the epoch, like all times
  company_id     TEXT COLLATE "C" NOT NULL,
  user_id        TEXT COLLATE "C" NOT NULL,
  correlation_id TEXT COLLATE "C" NOT NULL,
  id             TEXT COLLATE "C" NOT NULL,
  source         TEXT COLLATE "C" NOT NULL,
  recorded_at    BIGINT NOT NULL,
  causation_id   TEXT COLLATE "C" NOT NULL,
  traceparent    TEXT COLLATE "C" NOT NULL,
  audience       SMALLINT NOT NULL,
  metadata       JSON NOT NULL,
  data           JSON NOT NULL
);
CREATE UNIQUE INDEX event_log_id ON event_log (id, source);
CREATE INDEX event_log_type ON event_log (type, seq);
CREATE INDEX event_log_company ON event_log (company_id, seq) WHERE company_id <> '';
CREATE INDEX event_log_company_type ON event_log (company_id, type, seq) WHERE company_id <> '';
CREATE INDEX event_log_user ON event_log (user_id, seq) WHERE user_id <> '';
CREATE INDEX event_log_correlation ON event_log (correlation_id, seq) WHERE correlation_id <> '';

-- Least and greatest time of each block of 4,096 positions that is complete.
CREATE TABLE event_zones (
  block    BIGINT PRIMARY KEY, -- seq >> 12
  min_time BIGINT NOT NULL,
  max_time BIGINT NOT NULL
);

-- Hours since the epoch.
CREATE TABLE event_counts (
  hour       BIGINT NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,
  company_id TEXT COLLATE "C" NOT NULL,
  count      BIGINT NOT NULL,
  PRIMARY KEY (company_id, hour, type)
);
CREATE TABLE event_totals (
  hour  BIGINT NOT NULL,
  type  TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (hour, type)
);

-- Another store that is being copied into this one: no node begins before the copy has ended.
CREATE TABLE store_copy (
  one         BIGINT PRIMARY KEY CHECK (one = 1),
  source      TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  finished_at BIGINT
);

-- Who may write: a node that takes the place of another one counts up.
CREATE TABLE node_lease (
  one   BIGINT PRIMARY KEY CHECK (one = 1),
  epoch BIGINT NOT NULL
);
INSERT INTO node_lease VALUES (1, 0);
