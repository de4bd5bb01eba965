-- Providers of webhooks. Secrets are sealed by the node's key.
CREATE TABLE inbound_sources (
  name           TEXT    PRIMARY KEY,
  company_id     TEXT    NOT NULL, -- '' = the operator's
  settings       TEXT    NOT NULL, -- JSON
  sealed         BLOB    NOT NULL,
  sealed_at      INTEGER NOT NULL,
  old_sealed     BLOB,             -- the secret before; NULL = none
  old_expires_at INTEGER,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX inbound_sources_company ON inbound_sources (company_id);
