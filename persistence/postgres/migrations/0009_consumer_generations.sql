-- How often the consumer was opened. A commit names the generation that it was opened as; that of an
-- earlier one is refused.
ALTER TABLE consumers ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
