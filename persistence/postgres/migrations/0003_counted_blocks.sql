-- Events are counted when their block of 4,096 positions is complete; before, each append counted its
-- own. What is behind the last complete block is counted as it is asked for: it leaves the counters.
CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
  SELECT (time - ((time % 3600000000) + 3600000000) % 3600000000) / 3600000000 AS hour, type, company_id,
         count(*) AS count
  FROM event_log
  WHERE seq >= (SELECT (coalesce(max(block), -1) + 1) << 12 FROM event_zones)
  GROUP BY 1, 2, 3;
UPDATE event_counts AS c SET count = c.count - x.count FROM counted AS x
  WHERE c.company_id = x.company_id AND c.hour = x.hour AND c.type = x.type;
UPDATE event_totals AS c SET count = c.count - x.count
  FROM (SELECT hour, type, sum(count)::bigint AS count FROM counted GROUP BY 1, 2) AS x
  WHERE c.hour = x.hour AND c.type = x.type;
DELETE FROM event_counts WHERE count = 0;
DELETE FROM event_totals WHERE count = 0;

-- Of all time.
CREATE TABLE event_type_totals (
  type  TEXT COLLATE "C" PRIMARY KEY,
  count BIGINT NOT NULL
);
INSERT INTO event_type_totals SELECT type, sum(count) FROM event_totals GROUP BY type;
