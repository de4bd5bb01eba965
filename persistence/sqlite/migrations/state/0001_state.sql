-- Everything that consumers and operators write.

CREATE TABLE consumers (
  name         TEXT    PRIMARY KEY,
  cursor       INTEGER NOT NULL,
  paused       INTEGER NOT NULL DEFAULT 0,
  last_error   TEXT    NOT NULL DEFAULT '',
  updated_at   INTEGER NOT NULL,
  dead_letters INTEGER NOT NULL DEFAULT 0 -- how many rows it has in dead_letters
) WITHOUT ROWID;

CREATE TABLE handler_retries (
  consumer        TEXT    NOT NULL,
  seq             INTEGER NOT NULL,
  replay_id       INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  due             INTEGER NOT NULL,
  order_key       TEXT    NOT NULL,
  last_error      TEXT    NOT NULL,
  first_failed_at INTEGER NOT NULL,
  PRIMARY KEY (consumer, seq, replay_id)
) WITHOUT ROWID;

CREATE TABLE dead_letters (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer   TEXT    NOT NULL,
  seq        INTEGER NOT NULL,
  replay_id  INTEGER NOT NULL,
  event_id   TEXT    NOT NULL,
  event_type TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  attempts   INTEGER NOT NULL,
  last_error TEXT    NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX dead_letters_consumer ON dead_letters (consumer, id);
CREATE INDEX dead_letters_company ON dead_letters (company_id, id);
CREATE INDEX dead_letters_company_consumer ON dead_letters (company_id, consumer, id);

-- Hash chain, see persistence/audit_chain.hpp.
CREATE TABLE audit_log (
  number     INTEGER PRIMARY KEY,
  time       INTEGER NOT NULL,
  action     TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  origin     TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  detail     TEXT    NOT NULL,
  event_seq  INTEGER NOT NULL,
  hash       BLOB    NOT NULL
);
-- An event is audited once.
CREATE UNIQUE INDEX audit_log_event ON audit_log (event_seq) WHERE event_seq > 0;
CREATE INDEX audit_log_company ON audit_log (company_id, number);
CREATE INDEX audit_log_action ON audit_log (action, number);
CREATE INDEX audit_log_company_action ON audit_log (company_id, action, number);

-- The newest row of the chain: tells when rows were cut off its end.
CREATE TABLE audit_head (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,
  hash   BLOB    NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, zeroblob(32));

-- Hours since the epoch.
CREATE TABLE metric_counters (
  hour       INTEGER NOT NULL,
  type       TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (hour, type, company_id)
) WITHOUT ROWID;
CREATE INDEX metric_counters_company ON metric_counters (company_id, hour, type);
CREATE INDEX metric_counters_type ON metric_counters (type, hour, company_id);
CREATE INDEX metric_counters_company_type ON metric_counters (company_id, type, hour);

CREATE TABLE replays (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  phase      INTEGER NOT NULL,
  target     TEXT    NOT NULL,
  filter     TEXT    NOT NULL, -- JSON
  positions  TEXT    NOT NULL, -- comma separated
  company_id TEXT    NOT NULL, -- of the filter
  rate       INTEGER NOT NULL,
  up_to      INTEGER NOT NULL,
  cursor     INTEGER NOT NULL,
  matched    INTEGER NOT NULL,
  delivered  INTEGER NOT NULL,
  error      TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  who        TEXT    NOT NULL,
  origin     TEXT    NOT NULL
);
CREATE INDEX replays_company ON replays (company_id, id);
CREATE INDEX replays_running ON replays (id) WHERE phase = 0;

CREATE TABLE api_keys (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT    NOT NULL,
  role       INTEGER NOT NULL,
  company_id TEXT    NOT NULL,
  hash       TEXT    NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);

CREATE TABLE event_types (
  type       TEXT    PRIMARY KEY,
  audience   INTEGER NOT NULL,
  schema     TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
