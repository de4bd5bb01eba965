-- Private targets are a permission of one webhook. What was registered for events of all companies was
-- registered by an admin of the node, and keeps what it could call; a company's has to be given it.
ALTER TABLE webhooks ADD COLUMN private_targets BIGINT NOT NULL DEFAULT 0;
UPDATE webhooks SET private_targets = 1 WHERE company_id = '';

-- Which key secrets are sealed with: a digest of it, by which another one is known before it is used.
CREATE TABLE node_key (
  one         BIGINT PRIMARY KEY CHECK (one = 1),
  fingerprint TEXT COLLATE "C" NOT NULL
);
