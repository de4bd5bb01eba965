-- What lies in files of a node with SQLite: the bytes of documents, by their hash, and the text in the ids of mails.
-- The node that takes over has them (docs/cluster.md).
CREATE TABLE document_contents (
  sha256     TEXT COLLATE "C" PRIMARY KEY,
  content    BYTEA  NOT NULL,
  created_at BIGINT NOT NULL
);
-- A PDF is compressed already.
ALTER TABLE document_contents ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE installation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT NOT NULL
);
