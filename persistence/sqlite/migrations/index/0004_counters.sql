-- Counters of all companies are read by the hour, and by type and hour.
CREATE INDEX event_counts_hour ON event_counts (hour, type, company_id);
CREATE INDEX event_counts_type ON event_counts (type, hour, company_id);
