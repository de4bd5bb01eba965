-- An id belongs to its company: two companies may number their orders alike. And an event says how
-- many events of the engine led to it.
ALTER TABLE event_log ADD COLUMN hops SMALLINT NOT NULL DEFAULT 0;
DROP INDEX event_log_id;
CREATE UNIQUE INDEX event_log_id ON event_log (id, source, company_id);
