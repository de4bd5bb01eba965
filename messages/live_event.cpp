#include "messages/live_event.hpp"

#include "messages/codec.hpp"

namespace carillon {

namespace {

constexpr uint8_t text_opcode = 0x1;
constexpr uint8_t final_bit = 0x80;
/// Payload lengths that the header says in 2 and in 8 further bytes.
constexpr size_t length_16 = 126;
constexpr size_t length_64 = 127;

void append_big_endian(std::string& out, uint64_t x, int bytes) {
  for (int i = bytes - 1; i >= 0; --i)
    out += static_cast<char>(x >> (8 * i) & 0xff);
}

std::string websocket_frame(const event& x, uint64_t replay_id) {
  const auto& json = json_of(x);
  auto head = R"({"op":"event","seq":)" + std::to_string(x.seq);
  if (replay_id != 0)
    head += R"(,"replay":)" + std::to_string(replay_id);
  head += R"(,"event":)";
  std::string out;
  auto payload = head.size() + json.size() + 1;
  out.reserve(payload + 10);
  append_frame_header(out, text_opcode, payload);
  out += head;
  out += json;
  out += '}';
  return out;
}

std::string server_sent_frame(const event& x) {
  const auto& json = json_of(x);
  auto id = std::to_string(x.seq);
  std::string out;
  out.reserve(json.size() + id.size() + 32);
  out += "id: ";
  out += id;
  out += "\ndata: ";
  out += json;
  out += "\n\n";
  return out;
}

/// Without an id: the client would go on from there.
std::string server_sent_replay(const event& x, uint64_t replay_id) {
  return frame_of(session_wire::server_sent, "replay",
                  R"({"seq":)" + std::to_string(x.seq) + R"(,"replay":)" + std::to_string(replay_id)
                    + R"(,"event":)" + json_of(x) + '}');
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

std::string frame_of(session_wire wire, std::string_view name, std::string_view json) {
  std::string out;
  if (wire == session_wire::websocket) {
    append_frame_header(out, text_opcode, json.size());
    out += json;
    return out;
  }
  out += "event: ";
  out += name;
  out += "\ndata: ";
  out += json;
  out += "\n\n";
  return out;
}

const std::string& live_event::frame(session_wire wire) const {
  return frames_[static_cast<size_t>(wire)].get([&] {
    if (wire == session_wire::websocket)
      return websocket_frame(*event_, replay_id_);
    return replay_id_ == 0 ? server_sent_frame(*event_) : server_sent_replay(*event_, replay_id_);
  });
}

const std::string& live_stretch::frames(session_wire wire) const {
  return joined_[static_cast<size_t>(wire)].get([&] {
    size_t size = 0;
    for (const auto& x : events_)
      size += x->frame(wire).size();
    std::string out;
    out.reserve(size);
    for (const auto& x : events_)
      out += x->frame(wire);
    return out;
  });
}

} // namespace carillon
