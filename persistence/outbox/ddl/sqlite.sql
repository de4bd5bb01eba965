-- The outbox of Carillon: rows that a transaction writes, and that become events once it has
-- committed (docs/outbox.md). For SQLite 3.25, or newer; best with `PRAGMA journal_mode = WAL`.

CREATE TABLE carillon_outbox (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (seq > 0),
  id             TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
  type           TEXT NOT NULL,
  source         TEXT NOT NULL DEFAULT '/outbox',
  occurred_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  company_id     TEXT,
  user_id        TEXT,
  correlation_id TEXT,
  causation_id   TEXT,
  traceparent    TEXT,
  audience       TEXT,
  data           TEXT NOT NULL DEFAULT '{}',
  metadata       TEXT,
  -- What no relay could read in bounded memory. Whether it is an event, the node decides.
  CONSTRAINT carillon_outbox_bytes CHECK (
    length(CAST(data AS BLOB)) <= 1048576 AND length(CAST(coalesce(metadata, '') AS BLOB)) <= 65536
    AND length(CAST(id || type || source || occurred_at || coalesce(company_id, '')
      || coalesce(user_id, '') || coalesce(correlation_id, '') || coalesce(causation_id, '')
      || coalesce(traceparent, '') || coalesce(audience, '') AS BLOB)) <= 8192)
);

-- Rows that can never be published, with the reason.
CREATE TABLE carillon_outbox_refused (
  seq            INTEGER NOT NULL,
  id             TEXT NOT NULL,
  type           TEXT NOT NULL,
  source         TEXT NOT NULL,
  occurred_at    TEXT NOT NULL,
  company_id     TEXT,
  user_id        TEXT,
  correlation_id TEXT,
  causation_id   TEXT,
  traceparent    TEXT,
  audience       TEXT,
  data           TEXT NOT NULL,
  metadata       TEXT,
  error_code     TEXT NOT NULL,
  error_detail   TEXT NOT NULL,
  refused_at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  PRIMARY KEY (seq, refused_at)
);
