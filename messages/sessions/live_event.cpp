#include "messages/sessions/live_event.hpp"

#include "messages/codec/event_json.hpp"

namespace carillon {

void live_event::append_json(std::string& out) const {
  append_event_json(out, *event_, with_metadata_);
}

std::string live_event::text() const {
  auto out = R"({"op":"event","seq":)" + std::to_string(event_->seq);
  if (replay_id_ != 0)
    out += R"(,"replay":)" + std::to_string(replay_id_);
  out += R"(,"event":)";
  append_json(out);
  return out += '}';
}

} // namespace carillon
