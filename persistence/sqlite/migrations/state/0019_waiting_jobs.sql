-- Most jobs are due as they are enqueued, and are found by their queue. Only those that are due later
-- are found by their time: a job that waits has one entry fewer to write, and to remove.
DROP INDEX jobs_active;
DROP INDEX jobs_next;
-- With the state, so that they are counted without their rows.
CREATE INDEX jobs_next  ON jobs (queue, company_id, priority DESC, run_at, state) WHERE state = 0;
CREATE INDEX jobs_held  ON jobs (queue, state, run_at) WHERE state IN (1, 3);
CREATE INDEX jobs_later ON jobs (queue, run_at) WHERE state = 0 AND run_at > updated_at;
