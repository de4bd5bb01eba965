-- A contact belongs to its company: the same user id at two companies is two people, and neither
-- company gets in the way of the other's mail. Likewise what they muted, and what they were told.

CREATE TABLE new_contacts (
  user_id    TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  email      TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  role       TEXT    NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, company_id)
) WITHOUT ROWID;
CREATE TABLE new_contact_mutes (
  user_id    TEXT    NOT NULL,
  company_id TEXT    NOT NULL,
  channel    INTEGER NOT NULL, -- 0 e-mail, 1 notification
  kind       TEXT    NOT NULL, -- an event type, or *
  PRIMARY KEY (user_id, company_id, channel, kind)
) WITHOUT ROWID;
INSERT INTO new_contacts SELECT user_id, company_id, email, name, role, updated_at FROM contacts;
INSERT INTO new_contact_mutes SELECT m.user_id, c.company_id, m.channel, m.kind
  FROM contact_mutes m JOIN contacts c ON c.user_id = m.user_id;
DROP TABLE contact_mutes;
DROP TABLE contacts;
ALTER TABLE new_contacts RENAME TO contacts;
ALTER TABLE new_contact_mutes RENAME TO contact_mutes;
CREATE INDEX contacts_company ON contacts (company_id, user_id);

CREATE TABLE new_notifications (
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
  UNIQUE (key, user_id, company_id)
);
INSERT INTO new_notifications SELECT id, key, user_id, company_id, kind, event_seq, title, body,
  link, created_at, read_at FROM notifications;
-- Numbers of deleted ones are not given again: the cursor of announcements counts on it.
DELETE FROM sqlite_sequence WHERE name = 'new_notifications';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'new_notifications', seq FROM sqlite_sequence WHERE name = 'notifications';
DROP TABLE notifications;
ALTER TABLE new_notifications RENAME TO notifications;
-- Tells the unread ones as well: one index less for every handler to keep.
CREATE INDEX notifications_user ON notifications (user_id, id, read_at, company_id);

-- Companies take turns in a queue: the index finds the next company that waits, and what is first
-- within it.
DROP INDEX jobs_next;
CREATE INDEX jobs_next ON jobs (queue, company_id, priority DESC, run_at) WHERE state = 0;
-- Documents do not stay for ever: the oldest go first, and a file that two documents share goes
-- with the last of them.
CREATE INDEX documents_created ON documents (created_at, id);
CREATE INDEX documents_sha256 ON documents (sha256);
