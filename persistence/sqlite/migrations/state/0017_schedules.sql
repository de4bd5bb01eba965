CREATE TABLE schedules (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT    NOT NULL,
  company_id TEXT    NOT NULL, -- '' = of none
  definition TEXT    NOT NULL, -- JSON
  version    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  paused     INTEGER NOT NULL,
  next_at    INTEGER,          -- NULL = never, or paused
  last_at    INTEGER,          -- the latest occurrence that was published
  fired      INTEGER NOT NULL DEFAULT 0,
  skipped    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0,
  last_error TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX schedules_name ON schedules (company_id, name);
CREATE INDEX schedules_company ON schedules (company_id, id);
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE delayed_events (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  company_id TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  event_id   TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  publish_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state      INTEGER NOT NULL DEFAULT 0, -- 0 waiting, 1 taken, 2 failed
  event      TEXT    NOT NULL,           -- JSON
  error      TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX delayed_events_event ON delayed_events (company_id, source, event_id);
CREATE INDEX delayed_events_company ON delayed_events (company_id, id);
CREATE INDEX delayed_events_due ON delayed_events (publish_at) WHERE state < 2;

-- How many there are: kind 0 schedules of a company, 1 of all; 2 and 3 the same of delayed events.
CREATE TABLE schedule_counts (
  kind       INTEGER NOT NULL,
  company_id TEXT    NOT NULL,
  n          INTEGER NOT NULL,
  PRIMARY KEY (kind, company_id)
) WITHOUT ROWID;
