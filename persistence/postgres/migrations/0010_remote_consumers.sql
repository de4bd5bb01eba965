-- Consumers whose targets are workers: what they asked for, see messages/workers/remote_consumer.hpp.
-- Their cursors are rows of consumers.
CREATE TABLE remote_consumers (
  name       TEXT   COLLATE "C" PRIMARY KEY,
  settings   TEXT   NOT NULL, -- JSON
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Names of the remote consumers that a worker's key works for, with commas; empty: all.
ALTER TABLE api_keys ADD COLUMN consumers TEXT COLLATE "C" NOT NULL DEFAULT '';
