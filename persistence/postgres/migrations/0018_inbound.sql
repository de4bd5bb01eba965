-- Providers of webhooks. Secrets are sealed by the node's key.
CREATE TABLE inbound_sources (
  name           TEXT   COLLATE "C" PRIMARY KEY,
  company_id     TEXT   COLLATE "C" NOT NULL, -- '' = the operator's
  settings       TEXT   COLLATE "C" NOT NULL, -- JSON
  sealed         BYTEA  NOT NULL,
  sealed_at      BIGINT NOT NULL,
  old_sealed     BYTEA,                       -- the secret before; NULL = none
  old_expires_at BIGINT,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL
);
CREATE INDEX inbound_sources_company ON inbound_sources (company_id);
