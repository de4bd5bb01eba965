-- Jobs, the people whom handlers write to, what they were told, and documents made for them.

CREATE TABLE jobs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  queue      TEXT    NOT NULL, -- the kind up to its first dot
  key        TEXT    NOT NULL UNIQUE,
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
  updated_at INTEGER NOT NULL
);
-- What workers look at is small, however many jobs have ended.
CREATE INDEX jobs_next    ON jobs (queue, priority DESC, run_at) WHERE state = 0;
CREATE INDEX jobs_active  ON jobs (queue, state, run_at) WHERE state IN (0, 1, 3);
CREATE INDEX jobs_ended   ON jobs (updated_at) WHERE state IN (2, 4);
CREATE INDEX jobs_queue   ON jobs (queue, id);
CREATE INDEX jobs_state   ON jobs (state, id);
CREATE INDEX jobs_company ON jobs (company_id, id);

CREATE TABLE job_pauses (
  queue TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE contacts (
  user_id    TEXT    PRIMARY KEY,
  company_id TEXT    NOT NULL,
  email      TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX contacts_company ON contacts (company_id, user_id);

CREATE TABLE contact_mutes (
  user_id TEXT    NOT NULL,
  channel INTEGER NOT NULL, -- 0 e-mail, 1 notification
  kind    TEXT    NOT NULL, -- an event type, or *
  PRIMARY KEY (user_id, channel, kind)
) WITHOUT ROWID;

CREATE TABLE notifications (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  key        TEXT    NOT NULL,
  user_id    TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  event_seq  INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  link       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  read_at    INTEGER,
  UNIQUE (key, user_id)
);
-- Tells the unread ones as well: one index less for every handler to keep.
CREATE INDEX notifications_user ON notifications (user_id, id, read_at, company_id);

-- Up to which notification all were published as notification.sent.
CREATE TABLE notification_cursor (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  up_to INTEGER NOT NULL
);
INSERT INTO notification_cursor VALUES (1, 0);

CREATE TABLE documents (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  key          TEXT    NOT NULL UNIQUE,
  kind         TEXT    NOT NULL,
  company_id   TEXT    NOT NULL,
  user_id      TEXT    NOT NULL,
  event_seq    INTEGER NOT NULL,
  file_name    TEXT    NOT NULL,
  content_type TEXT    NOT NULL,
  size         INTEGER NOT NULL,
  sha256       TEXT    NOT NULL,
  created_at   INTEGER NOT NULL
);
CREATE INDEX documents_company ON documents (company_id, id);
