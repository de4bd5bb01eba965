-- Which events a webhook wants by what is in them, and the message that it is sent, as JSON; empty: all events,
-- and the message of Standard Webhooks.
ALTER TABLE webhooks ADD COLUMN filter  TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE webhooks ADD COLUMN message TEXT COLLATE "C" NOT NULL DEFAULT '';
