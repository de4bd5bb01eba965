-- The outbox of Carillon: rows that a transaction writes, and that become events once it has
-- committed (docs/outbox.md). For MySQL 8.0.16 and MariaDB 10.6, or newer.

CREATE TABLE carillon_outbox (
  seq            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id             VARCHAR(128) NOT NULL DEFAULT (uuid()),
  type           VARCHAR(128) NOT NULL,
  source         VARCHAR(512) NOT NULL DEFAULT '/outbox',
  occurred_at    TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  company_id     VARCHAR(128) NULL,
  user_id        VARCHAR(128) NULL,
  correlation_id VARCHAR(128) NULL,
  causation_id   VARCHAR(128) NULL,
  traceparent    VARCHAR(256) NULL,
  audience       VARCHAR(16) NULL,
  data           MEDIUMTEXT NOT NULL,
  metadata       TEXT NULL,
  -- What no relay could read in bounded memory. Whether it is an event, the node decides.
  CONSTRAINT carillon_outbox_bytes CHECK (OCTET_LENGTH(data) <= 1048576)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows that can never be published, with the reason.
CREATE TABLE carillon_outbox_refused (
  seq            BIGINT UNSIGNED NOT NULL,
  id             VARCHAR(128) NOT NULL,
  type           VARCHAR(128) NOT NULL,
  source         VARCHAR(512) NOT NULL,
  occurred_at    TIMESTAMP(6) NOT NULL,
  company_id     VARCHAR(128) NULL,
  user_id        VARCHAR(128) NULL,
  correlation_id VARCHAR(128) NULL,
  causation_id   VARCHAR(128) NULL,
  traceparent    VARCHAR(256) NULL,
  audience       VARCHAR(16) NULL,
  data           MEDIUMTEXT NOT NULL,
  metadata       TEXT NULL,
  error_code     VARCHAR(64) NOT NULL,
  error_detail   TEXT NOT NULL,
  refused_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (seq, refused_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
