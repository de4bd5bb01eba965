-- For whom the holder of an API key acted; and what vouches for the chain, see
-- persistence/audit_seal.hpp: the seal of its end, and the digest of the log's first event, which
-- the seal covers, so that a state stays with its log. Empty: not sealed yet.
ALTER TABLE audit_log ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN seal BYTEA NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN log_first BYTEA NOT NULL DEFAULT '';
