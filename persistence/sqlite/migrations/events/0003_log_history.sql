-- Which history of the log this is: positions are good within one only. Made once, and read when the
-- store is opened.
CREATE TABLE log_history (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT    NOT NULL
);
INSERT INTO log_history VALUES (1, lower(hex(randomblob(8))));
