-- W3C Trace Context of what caused the job; empty: none.
ALTER TABLE jobs ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
