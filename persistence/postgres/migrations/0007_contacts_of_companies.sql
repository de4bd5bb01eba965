-- A contact belongs to its company: the same user id at two companies is two people, and neither
-- company gets in the way of the other's mail. Likewise what they muted, and what they were told.
ALTER TABLE contacts DROP CONSTRAINT contacts_pkey;
ALTER TABLE contacts ADD PRIMARY KEY (user_id, company_id);
ALTER TABLE contact_mutes ADD COLUMN company_id TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE contact_mutes m SET company_id = c.company_id FROM contacts c WHERE c.user_id = m.user_id;
DELETE FROM contact_mutes m WHERE NOT EXISTS
  (SELECT 1 FROM contacts c WHERE c.user_id = m.user_id AND c.company_id = m.company_id);
ALTER TABLE contact_mutes ALTER COLUMN company_id DROP DEFAULT;
ALTER TABLE contact_mutes DROP CONSTRAINT contact_mutes_pkey;
ALTER TABLE contact_mutes ADD PRIMARY KEY (user_id, company_id, channel, kind);
ALTER TABLE notifications DROP CONSTRAINT notifications_key_user_id_key;
ALTER TABLE notifications ADD UNIQUE (key, user_id, company_id);

-- Companies take turns in a queue: the index finds the next company that waits, and what is first
-- within it.
DROP INDEX jobs_next;
CREATE INDEX jobs_next ON jobs (queue, company_id, priority DESC, run_at) WHERE state = 0;
-- Documents do not stay for ever: the oldest go first, and a file that two documents share goes
-- with the last of them.
CREATE INDEX documents_created ON documents (created_at, id);
CREATE INDEX documents_sha256 ON documents (sha256);
