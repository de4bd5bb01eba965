-- Breaking: programs before it do not ask. Whether a program that does not know a step may use the tables after it:
-- steps from here on say so in their first line, by "-- Additive:" or "-- Breaking:" (docs/cluster.md, "Upgrades").
ALTER TABLE schema_migrations ADD COLUMN additive BOOLEAN NOT NULL DEFAULT false;
