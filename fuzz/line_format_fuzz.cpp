// Stored text in a line format: the frames of Server-Sent Events (WHATWG HTML section 9.2). For any
// text and any line ends, a client gets exactly one whole message that sets no other field; and an
// event is the same on both wires.

#include "fuzz/require.hpp"
#include "messages/codec/codec.hpp"
#include "messages/sessions/texts.hpp"
#include "net/data/sessions/frames.hpp"
#include "tests/support/event_stream.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;
using test::event_stream;
using test::with_line_feeds;
using namespace carillon::sessions;

namespace {

rapidjson::Document parsed(std::string_view text) {
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  fuzz::require(!out.HasParseError() && out.IsObject());
  return out;
}

/// What a frame from the server carries (RFC 6455 section 5.2): it is not masked.
std::string_view payload_of(std::string_view frame) {
  fuzz::require(frame.size() >= 2);
  const auto length = static_cast<unsigned char>(frame[1]);
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

/// Between two other messages, which stay unchanged.
void check_text(std::string_view text) {
  event_stream got{frame_of(session_wire::server_sent, "hello", "{}")
                   + frame_of(session_wire::server_sent, "error", text)
                   + frame_of(session_wire::server_sent, "gap", "{}")};
  fuzz::require(got.messages.size() == 3);
  fuzz::require(got.messages[0].data == "{}" && got.messages[2].type == "gap");
  fuzz::require(got.messages[1].type == "error" && got.messages[1].data == with_line_feeds(text));
  fuzz::require(got.last_id.empty() && !got.retry);
}

/// Protocol messages that repeat text of a client.
void check_told(std::string_view text) {
  auto json = error_json({ec::invalid_argument, std::string{text}, {}});
  event_stream got{frame_of(session_wire::server_sent, "error", json)};
  fuzz::require(got.messages.size() == 1 && got.messages[0].data == json);
}

void check_event(std::string_view text, uint64_t replay, bool metadata) {
  static const type_registry types;
  auto draft = parse_event(text, {.types = &types, .accept_unknown_types = true});
  if (!draft)
    return;
  (*draft)->seq = 7;
  auto x = std::make_shared<const live_event>(*draft, replay, metadata);
  live_segment segment{{x, x}, 7};
  event_stream got{*frames_of(segment, session_wire::server_sent)};
  fuzz::require(got.messages.size() == 2 && got.messages[0].data == got.messages[1].data);
  fuzz::require(got.last_id == (replay == 0 ? "7" : "") && !got.retry);
  fuzz::require(got.messages[0].type == (replay == 0 ? "message" : "replay"));
  auto frame = *frame_of(*x, session_wire::websocket);
  auto socket = parsed(payload_of(frame));
  auto stream = parsed(got.messages[0].data);
  const auto& event = replay == 0 ? stream : stream["event"];
  fuzz::require(socket["event"] == event);
  fuzz::require(event.HasMember("metadata") == metadata);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1)
    return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 2 == 0) {
    check_text(text);
    check_told(text);
  } else {
    check_event(text, (data[0] & 2) != 0 ? 3 : 0, (data[0] & 4) != 0);
  }
  return 0;
}
