#include "messages/sessions/live_event.hpp"

#include "base/json/appender.hpp"
#include "messages/codec/event_json.hpp"
#include "messages/events/bookmark.hpp"
#include "messages/events/log_history.hpp"

namespace carillon {

std::string live_event::place() const {
  return marked_ ? to_string(bookmark_of(*event_))
                 : to_string(history_position{history_ ? *history_ : std::string{}, event_->seq});
}

void live_event::append_json(std::string& out) const {
  append_event_json(out, *event_, with_metadata_);
}

std::string live_event::text() const {
  std::string out;
  json_appender json{out};
  json.begin_object().member("op", "event").member("seq", event_->seq);
  if (replay_id_ != 0)
    json.member("replay", replay_id_);
  if (marked_)
    json.member("bookmark", place());
  json.key("event");
  append_json(out);
  json.end_object();
  return out;
}

} // namespace carillon
