-- Webhooks, what they are signed with, and what was delivered.

CREATE TABLE webhooks (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  company_id      TEXT    NOT NULL,
  url             TEXT    NOT NULL,
  types           TEXT    NOT NULL, -- patterns, comma separated
  ordered         INTEGER NOT NULL,
  max_in_flight   INTEGER NOT NULL,
  rate_per_second REAL    NOT NULL,
  retry_schedule  TEXT    NOT NULL, -- seconds, comma separated
  headers         TEXT    NOT NULL, -- JSON: [["name", "value"], …]
  description     TEXT    NOT NULL,
  disabled_reason TEXT    NOT NULL DEFAULT '', -- empty = enabled
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
);
CREATE INDEX webhooks_company ON webhooks (company_id, id);

-- What changes while events come in; apart, so that a change writes few bytes.
CREATE TABLE webhook_activity (
  webhook_id    INTEGER PRIMARY KEY,
  awake_at      INTEGER NOT NULL,
  asleep_at     INTEGER NOT NULL,
  failing_since INTEGER
);

CREATE TABLE webhook_secrets (
  webhook_id INTEGER NOT NULL,
  number     INTEGER NOT NULL, -- the newest has the greatest
  sealed     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (webhook_id, number)
) WITHOUT ROWID;

-- Ten thousand rows a second come in here: with a number of their own they are appended, and only
-- small index entries go to as many places as there are webhooks. (Measured against a table WITHOUT
-- ROWID by that key, with 100 webhooks: a third of the bytes written, two thirds of the time.)
CREATE TABLE webhook_deliveries (
  id          INTEGER PRIMARY KEY,
  webhook_id  INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  replay_id   INTEGER NOT NULL,
  event_id    TEXT    NOT NULL,
  event_type  TEXT    NOT NULL,
  company_id  TEXT    NOT NULL,
  state       INTEGER NOT NULL, -- 0 retrying, 1 delivered, 2 failed
  attempts    INTEGER NOT NULL,
  last_status INTEGER NOT NULL,
  last_fault  TEXT    NOT NULL,
  next_at     INTEGER,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhook_deliveries_key ON webhook_deliveries (webhook_id, seq, replay_id);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (seq, webhook_id, replay_id);
-- Only of those that did not go well.
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (webhook_id, state, seq, replay_id)
  WHERE state <> 1;
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, created_at)
  WHERE state = 2;
-- What may be trimmed is found by the number: the oldest came in first.

-- A delivery has 128 places for attempts, `delivery * 128` and those that follow; attempt n takes
-- place n % 128. So they are appended too, need no index, and cannot grow without limit.
CREATE TABLE webhook_attempts (
  id             INTEGER PRIMARY KEY,
  number         INTEGER NOT NULL, -- 1 = first
  at             INTEGER NOT NULL,
  cause          INTEGER NOT NULL, -- attempt_trigger
  url            TEXT    NOT NULL,
  status         INTEGER NOT NULL,
  fault          TEXT    NOT NULL,
  error          TEXT    NOT NULL,
  retry_after    TEXT    NOT NULL,
  body           BLOB    NOT NULL,
  remote_address TEXT    NOT NULL,
  dns_us         INTEGER NOT NULL, -- negative = not reached
  connect_us     INTEGER NOT NULL,
  tls_us         INTEGER NOT NULL,
  first_byte_us  INTEGER NOT NULL,
  total_us       INTEGER NOT NULL,
  after          INTEGER NOT NULL, -- state of the delivery
  next_at        INTEGER,
  next_reason    TEXT    NOT NULL
);
