-- Rows that are changed all the time: with room beside them on their page, a change leaves the indexes
-- alone (a "heap-only tuple"), and the page is tidied up as it is read.
ALTER TABLE event_counts SET (fillfactor = 50);
ALTER TABLE event_totals SET (fillfactor = 50);
ALTER TABLE event_type_totals SET (fillfactor = 50);
ALTER TABLE metric_counters SET (fillfactor = 50);
ALTER TABLE consumers SET (fillfactor = 50);
ALTER TABLE audit_head SET (fillfactor = 50);
ALTER TABLE webhook_activity SET (fillfactor = 50);
