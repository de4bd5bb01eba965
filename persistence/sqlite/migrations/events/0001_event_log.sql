-- The log: the durable truth. Nothing else is in this file, because every table and index here
-- is paid for by the one writer in front of the publishers.
-- Columns that filters look at come first: a scan does not decode what is behind them.
CREATE TABLE event_log (
  seq            INTEGER PRIMARY KEY,
  type           TEXT    NOT NULL,
  time           INTEGER NOT NULL, -- microseconds since the epoch, like all times
  company_id     TEXT    NOT NULL,
  user_id        TEXT    NOT NULL,
  correlation_id TEXT    NOT NULL,
  id             TEXT    NOT NULL,
  source         TEXT    NOT NULL,
  recorded_at    INTEGER NOT NULL,
  causation_id   TEXT    NOT NULL,
  traceparent    TEXT    NOT NULL,
  audience       INTEGER NOT NULL,
  metadata       TEXT    NOT NULL,
  data           TEXT    NOT NULL
);

-- De-duplication, and look-ups by id alone: id comes first.
CREATE UNIQUE INDEX event_log_id ON event_log (id, source);
