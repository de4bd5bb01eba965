-- Workers outside of the node do jobs, too. A key belongs to its queue and company: nobody takes a
-- key of another company, or of the node's own queues. A job keeps what its worker returned, and how
-- far it said to be.

CREATE TABLE new_jobs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  queue      TEXT    NOT NULL, -- the kind up to its first dot
  key        TEXT    NOT NULL,
  payload    TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  event_seq  INTEGER NOT NULL,
  priority   INTEGER NOT NULL,
  state      INTEGER NOT NULL, -- 0 queued, 1 running, 2 done, 3 dead, 4 cancelled
  attempts   INTEGER NOT NULL DEFAULT 0,
  run_at     INTEGER NOT NULL, -- of a running one, the end of its lease
  fence      INTEGER NOT NULL DEFAULT 0,
  last_error TEXT    NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  result     TEXT    NOT NULL DEFAULT '', -- JSON
  note       TEXT    NOT NULL DEFAULT '',
  percent    INTEGER NOT NULL DEFAULT -1, -- -1: not said
  noted_at   INTEGER NOT NULL DEFAULT 0,  -- 0: no note
  UNIQUE (key, queue, company_id)
);
INSERT INTO new_jobs (id, kind, queue, key, payload, company_id, event_seq, priority, state,
                      attempts, run_at, fence, last_error, created_at, updated_at)
  SELECT id, kind, queue, key, payload, company_id, event_seq, priority, state,
         attempts, run_at, fence, last_error, created_at, updated_at FROM jobs;
-- Numbers of deleted ones are not given again.
DELETE FROM sqlite_sequence WHERE name = 'new_jobs';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'new_jobs', seq FROM sqlite_sequence WHERE name = 'jobs';
DROP TABLE jobs;
ALTER TABLE new_jobs RENAME TO jobs;
CREATE INDEX jobs_next    ON jobs (queue, company_id, priority DESC, run_at) WHERE state = 0;
CREATE INDEX jobs_active  ON jobs (queue, state, run_at) WHERE state IN (0, 1, 3);
CREATE INDEX jobs_ended   ON jobs (updated_at) WHERE state IN (2, 4);
CREATE INDEX jobs_queue   ON jobs (queue, id);
CREATE INDEX jobs_state   ON jobs (state, id);
CREATE INDEX jobs_company ON jobs (company_id, id);
