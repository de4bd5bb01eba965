-- For what each handler made of one event.
CREATE INDEX handler_retries_event ON handler_retries (seq);
CREATE INDEX dead_letters_event ON dead_letters (seq);
