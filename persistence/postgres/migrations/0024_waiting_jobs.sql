-- Most jobs are due as they are enqueued, and are found by their queue. Only those that are due later
-- are found by their time: a job that waits has one entry fewer to write.
DROP INDEX jobs_active;
CREATE INDEX jobs_held  ON jobs (queue, state, run_at) WHERE state IN (1, 3);
CREATE INDEX jobs_later ON jobs (queue, run_at) WHERE state = 0 AND run_at > updated_at;
