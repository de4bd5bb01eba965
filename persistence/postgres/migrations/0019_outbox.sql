-- The outbox: rows that a transaction writes, and that become events once it has committed
-- (docs/outbox.md). `carillon outbox ddl --dialect postgresql` prints this text for other databases.

CREATE TABLE carillon_outbox (
  seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             TEXT NOT NULL DEFAULT gen_random_uuid()::text,
  type           TEXT NOT NULL,
  source         TEXT NOT NULL DEFAULT '/outbox',
  occurred_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  company_id     TEXT,
  user_id        TEXT,
  correlation_id TEXT,
  causation_id   TEXT,
  traceparent    TEXT,
  audience       TEXT,
  data           JSON NOT NULL DEFAULT '{}',
  metadata       JSON,
  -- What no relay could read in bounded memory. Whether it is an event, the node decides.
  CONSTRAINT carillon_outbox_bytes CHECK (
    octet_length(data::text) <= 1048576 AND octet_length(coalesce(metadata::text, '')) <= 65536
    AND octet_length(id) + octet_length(type) + octet_length(source) + octet_length(coalesce(company_id, ''))
      + octet_length(coalesce(user_id, '')) + octet_length(coalesce(correlation_id, ''))
      + octet_length(coalesce(causation_id, '')) + octet_length(coalesce(traceparent, ''))
      + octet_length(coalesce(audience, '')) <= 8192)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- Rows that can never be published, with the reason.
CREATE TABLE carillon_outbox_refused (
  seq            BIGINT NOT NULL,
  id             TEXT NOT NULL,
  type           TEXT NOT NULL,
  source         TEXT NOT NULL,
  occurred_at    TIMESTAMPTZ NOT NULL,
  company_id     TEXT,
  user_id        TEXT,
  correlation_id TEXT,
  causation_id   TEXT,
  traceparent    TEXT,
  audience       TEXT,
  data           JSON NOT NULL,
  metadata       JSON,
  error_code     TEXT NOT NULL,
  error_detail   TEXT NOT NULL,
  refused_at     TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (seq, refused_at)
);

-- Wakes the relay only while it sleeps, which it says by an exclusive lock: a NOTIFY in each
-- transaction would make the server commit them one after the other. While the relay is awake, the
-- shared lock keeps it from sleeping before this transaction has ended.
CREATE FUNCTION carillon_outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $wake$
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1128354391, pg_catalog.hashoid(TG_RELID)) THEN
    PERFORM pg_catalog.pg_notify('carillon_outbox', '');
  END IF;
  RETURN NULL;
END $wake$;

CREATE TRIGGER carillon_outbox_wake AFTER INSERT ON carillon_outbox
  FOR EACH STATEMENT EXECUTE FUNCTION carillon_outbox_wake();

-- `carillon.publish`, for roles that need no right on the table. A role that may not make a schema
-- gets no function: its administrator makes the schema `carillon`, and runs this block again.
DO $block$
BEGIN
  IF to_regnamespace('carillon') IS NULL THEN
    IF NOT has_database_privilege(current_database(), 'CREATE') THEN
      RETURN;
    END IF;
    CREATE SCHEMA carillon;
  END IF;
  IF NOT has_schema_privilege('carillon', 'CREATE')
     OR EXISTS (SELECT 1 FROM pg_proc
                WHERE pronamespace = to_regnamespace('carillon') AND proname = 'publish') THEN
    RETURN;
  END IF;
  EXECUTE format($make$
    CREATE FUNCTION carillon.publish(
      type text, data json DEFAULT '{}', id text DEFAULT NULL, company_id text DEFAULT NULL,
      user_id text DEFAULT NULL, source text DEFAULT NULL, correlation_id text DEFAULT NULL,
      causation_id text DEFAULT NULL, metadata json DEFAULT NULL,
      occurred_at timestamptz DEFAULT NULL, audience text DEFAULT NULL,
      traceparent text DEFAULT NULL)
    RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $body$
      INSERT INTO %1$I.carillon_outbox AS o
        (id, type, source, occurred_at, company_id, user_id, correlation_id, causation_id,
         traceparent, audience, data, metadata)
      VALUES
        (coalesce($3, gen_random_uuid()::text), $1, coalesce($6, '/outbox'),
         coalesce($10, clock_timestamp()), $4, $5, $7, $8, $12, $11, $2, $9)
      RETURNING o.id
    $body$ $make$,
    (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass('carillon_outbox')));
  REVOKE ALL ON FUNCTION carillon.publish FROM PUBLIC;
END $block$;
