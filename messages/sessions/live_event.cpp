#include "messages/sessions/live_event.hpp"

#include "messages/codec/event_json.hpp"

namespace carillon {

namespace {

constexpr uint8_t text_opcode = 0x1;
constexpr uint8_t final_bit = 0x80;
/// Codes for payload lengths that follow in 2 and in 8 further bytes.
constexpr size_t length_16 = 126;
constexpr size_t length_64 = 127;

void append_big_endian(std::string& out, uint64_t x, int bytes) {
  for (int i = bytes - 1; i >= 0; --i)
    out += static_cast<char>(x >> (8 * i) & 0xff);
}

/// The `data` of a message, WHATWG HTML section 9.2.5: a field ends with its line, so that a text
/// of several lines becomes several fields.
void append_data(std::string& out, std::string_view text) {
  for (;;) {
    auto end = text.find_first_of("\r\n");
    out += "data: ";
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

} // namespace

void append_frame_header(std::string& out, uint8_t opcode, size_t payload_bytes) {
  out += static_cast<char>(final_bit | opcode);
  if (payload_bytes < length_16) {
    out += static_cast<char>(payload_bytes);
  } else if (payload_bytes <= 0xffff) {
    out += static_cast<char>(length_16);
    append_big_endian(out, payload_bytes, 2);
  } else {
    out += static_cast<char>(length_64);
    append_big_endian(out, payload_bytes, 8);
  }
}

std::string frame_of(session_wire wire, std::string_view name, std::string_view text) {
  std::string out;
  if (wire == session_wire::websocket) {
    append_frame_header(out, text_opcode, text.size());
    out += text;
    return out;
  }
  out += "event: ";
  out += name;
  out += '\n';
  append_data(out, text);
  out += '\n';
  return out;
}

std::string live_event::websocket_frame() const {
  auto payload = R"({"op":"event","seq":)" + std::to_string(event_->seq);
  if (replay_id_ != 0)
    payload += R"(,"replay":)" + std::to_string(replay_id_);
  payload += R"(,"event":)";
  append_event_json(payload, *event_, with_metadata_);
  payload += '}';
  return frame_of(session_wire::websocket, {}, payload);
}

std::string live_event::server_sent_frame() const {
  std::string json;
  if (replay_id_ != 0) {
    // Without an id, since the client would resume from it.
    json = R"({"seq":)" + std::to_string(event_->seq) + R"(,"replay":)" + std::to_string(replay_id_)
           + R"(,"event":)";
    append_event_json(json, *event_, with_metadata_);
    return frame_of(session_wire::server_sent, "replay", json += '}');
  }
  append_event_json(json, *event_, with_metadata_);
  std::string out;
  out.reserve(json.size() + 48);
  out += "id: " + std::to_string(event_->seq) + '\n';
  append_data(out, json);
  return out += '\n';
}

const shared_text& live_event::frame(session_wire wire) const {
  return frames_[static_cast<size_t>(wire)].get([&] {
    return std::make_shared<const std::string>(
      wire == session_wire::websocket ? websocket_frame() : server_sent_frame());
  });
}

const shared_text& live_segment::frames(session_wire wire) const {
  return joined_[static_cast<size_t>(wire)].get([&]() -> shared_text {
    if (events_.size() == 1)
      return events_.front()->frame(wire);
    size_t size = 0;
    for (const auto& x : events_)
      size += x->frame(wire)->size();
    std::string out;
    out.reserve(size);
    for (const auto& x : events_)
      out += *x->frame(wire);
    return std::make_shared<const std::string>(std::move(out));
  });
}

} // namespace carillon
