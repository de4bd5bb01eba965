#include "net/data/sessions/frames.hpp"

#include "base/json/appender.hpp"
#include "messages/sessions/texts.hpp"

#include <memory>
#include <utility>

namespace carillon::sessions {

namespace {

constexpr uint8_t text_opcode = 0x1;
constexpr uint8_t close_opcode = 0x8;
constexpr uint8_t ping_opcode = 0x9;
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

std::string close_frame(session_close why, position resume) {
  auto code = static_cast<uint16_t>(why);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  if (resume != 0)
    payload += "position=" + std::to_string(resume);
  std::string out;
  append_frame_header(out, close_opcode, payload.size());
  return out + payload;
}

std::string server_sent_event(const live_event& x) {
  std::string json;
  if (x.replay_id() != 0) {
    // Without an id, since the client would resume from it.
    json_appender members{json};
    members.begin_object().member("seq", x.get().seq).member("replay", x.replay_id()).key("event");
    x.append_json(json);
    members.end_object();
    return frame_of(session_wire::server_sent, "replay", json);
  }
  x.append_json(json);
  std::string out;
  out.reserve(json.size() + 48);
  out += "id: " + x.place() + '\n';
  append_data(out, json);
  return out += '\n';
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

const shared_text& frame_of(const live_event& x, session_wire wire) {
  return x.bytes(wire, [&] {
    return std::make_shared<const std::string>(
      wire == session_wire::websocket ? frame_of(wire, {}, x.text()) : server_sent_event(x));
  });
}

const shared_text& frames_of(const live_segment& x, session_wire wire) {
  return x.bytes(wire, [&]() -> shared_text {
    const auto& events = x.events();
    if (events.size() == 1)
      return frame_of(*events.front(), wire);
    size_t size = 0;
    for (const auto& y : events)
      size += frame_of(*y, wire)->size();
    std::string out;
    out.reserve(size);
    for (const auto& y : events)
      out += *frame_of(*y, wire);
    return std::make_shared<const std::string>(std::move(out));
  });
}

std::string position_frame(session_wire wire, position x, std::string_view bookmark) {
  if (wire == session_wire::server_sent)
    return "id: " + (bookmark.empty() ? std::to_string(x) : std::string{bookmark}) + "\n\n";
  return frame_of(wire, "position", position_json(x, bookmark));
}

std::string end_frame(session_wire wire, session_close why, position resume) {
  if (wire == session_wire::websocket)
    return close_frame(why, resume);
  std::string json;
  json_appender{json}
    .begin_object()
    .member("code", static_cast<uint64_t>(why))
    .member("position", resume)
    .end_object();
  return frame_of(wire, "end", json);
}

std::string ping_frame() {
  std::string out;
  append_frame_header(out, ping_opcode, 0);
  return out;
}

} // namespace carillon::sessions
