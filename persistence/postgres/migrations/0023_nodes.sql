-- The nodes that use this database or wait for it (docs/cluster.md). A row is one start of one node. No time in it
-- decides anything: others look whether the beat goes up, by their own clocks.
CREATE TABLE nodes (
  incarnation TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  data_address TEXT NOT NULL,
  admin_address TEXT NOT NULL,
  version TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('standby', 'active', 'stopped', 'lost')),
  beat BIGINT NOT NULL,
  started_at BIGINT NOT NULL
);
