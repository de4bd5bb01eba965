-- Microseconds since the epoch; 0: no end, never used.
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;
-- 1: for the time in which nobody can sign in.
ALTER TABLE api_keys ADD COLUMN break_glass INTEGER NOT NULL DEFAULT 0;
