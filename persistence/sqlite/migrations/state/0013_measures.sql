-- Events are counted by the index. The metrics handler measures members of their data instead.
DROP TABLE metric_counters;

CREATE TABLE measure_definitions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT    NOT NULL,
  company_id TEXT    NOT NULL, -- '' = of all companies
  definition TEXT    NOT NULL, -- JSON
  created_at INTEGER NOT NULL,
  live_after INTEGER,          -- position; NULL before the first live event
  since      INTEGER,          -- of the backfill; NULL = all events
  done_to    INTEGER,          -- position; NULL = no backfill
  retired    INTEGER NOT NULL DEFAULT 0 -- 1: its cells are being deleted
);
CREATE UNIQUE INDEX measure_definitions_name ON measure_definitions (company_id, name) WHERE retired = 0;
CREATE INDEX measure_definitions_retired ON measure_definitions (id) WHERE retired = 1;

-- See messages/measures/cell.hpp. Hours since the epoch; numbers are decimal texts.
CREATE TABLE measure_cells (
  definition INTEGER NOT NULL,
  company_id TEXT    NOT NULL,
  hour       INTEGER NOT NULL,
  grp        TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  count      INTEGER NOT NULL,
  skipped    INTEGER NOT NULL,
  sum        TEXT    NOT NULL,
  least      TEXT    NOT NULL, -- '' = none
  most       TEXT    NOT NULL,
  sketch     BLOB    NOT NULL,
  PRIMARY KEY (definition, company_id, hour, grp, type)
) WITHOUT ROWID;
CREATE INDEX measure_cells_hour ON measure_cells (definition, hour, company_id, grp, type);

INSERT INTO measure_definitions (name, company_id, definition, created_at) VALUES
  ('revenue', '', '{"types":["order.created"],"member":"/total","groupBy":"/currency","measures":["sum","avg","min","max"]}', 0),
  ('ai-tokens', '', '{"types":["ai.analysis_completed"],"member":"/tokens","groupBy":"/model","measures":["sum","avg","max"]}', 0);
