#include "actors/consumers/retries/dead_letter_note.hpp"

#include "messages/codec/catalogue/handler.hpp"
#include "messages/codec/described.hpp"

namespace carillon {

dead_letter letter_of(const std::string& consumer, const retry_row& row, const event* x,
                      timestamp now) {
  return {.id = 0,
          .consumer = consumer,
          .seq = row.seq,
          .replay_id = row.replay_id,
          .event_id = x != nullptr ? x->id : "",
          .event_type = x != nullptr ? x->type : "",
          .company_id = x != nullptr ? x->company_id : "",
          .attempts = row.attempts,
          .last_error = row.last_error,
          .created_at = now,
          .last_status = row.last_status};
}

expected<draft_ptr> note_of(const consumer_settings& spec, const dead_letter& x,
                            const retry_row& row, const event& cause) {
  publish_options options;
  options.id = "dead-letter/" + spec.name + "/" + std::to_string(row.seq) + "/"
               + std::to_string(row.replay_id) + "/"
               + std::to_string(to_micros(row.first_failed_at));
  options.source = "/carillon/handlers";
  options.causation_id = cause.id;
  options.hops = next_hops(cause);
  if (spec.note)
    return spec.note(x, options);
  handler_dead_lettered note;
  note.handler = spec.name;
  note.event_id = x.event_id;
  note.attempts = x.attempts;
  note.error = x.last_error;
  return make_draft(note, options);
}

} // namespace carillon
