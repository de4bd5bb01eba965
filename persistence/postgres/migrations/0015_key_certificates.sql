-- SHA-256 of the client's certificate that a key is bound to, in hexadecimal; empty: none.
ALTER TABLE api_keys ADD COLUMN certificate TEXT COLLATE "C" NOT NULL DEFAULT '';

-- A certificate stands for one key.
CREATE UNIQUE INDEX api_keys_certificate ON api_keys (certificate) WHERE certificate <> '';
