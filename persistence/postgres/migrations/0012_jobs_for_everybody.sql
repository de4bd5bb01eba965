-- Workers outside of the node do jobs, too. A key belongs to its queue and company: nobody takes a
-- key of another company, or of the node's own queues. A job keeps what its worker returned, and how
-- far it said to be.
ALTER TABLE jobs DROP CONSTRAINT jobs_key_key;
ALTER TABLE jobs ADD CONSTRAINT jobs_key UNIQUE (key, queue, company_id);
ALTER TABLE jobs
  ADD COLUMN result   TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON
  ADD COLUMN note     TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN percent  BIGINT NOT NULL DEFAULT -1, -- -1: not said
  ADD COLUMN noted_at BIGINT NOT NULL DEFAULT 0;  -- 0: no note
