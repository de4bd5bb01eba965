#include "net/data/sessions/frames.hpp"

#include "base/json/strict_json.hpp"
#include "messages/events/bookmark.hpp"
#include "tests/support/event_stream.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace carillon::sessions;

TEST_SUITE("net/session frames") {
  namespace {

  std::shared_ptr<event> an_event(std::string data, std::string metadata = "{}") {
    auto out = std::make_shared<event>();
    out->seq = 7;
    out->id = "e-7";
    out->type = "user.login";
    out->source = "/shop";
    out->user_id = "u-1";
    out->data = std::move(data);
    out->metadata = std::move(metadata);
    return out;
  }

  std::string frame_of_stream(const event_ptr& x, uint64_t replay = 0, bool metadata = false) {
    return *frame_of(live_event{x, replay, metadata}, session_wire::server_sent);
  }

  /// Content of a WebSocket's frame.
  std::string payload_of(const event_ptr& x, uint64_t replay = 0, bool metadata = false) {
    auto frame = *frame_of(live_event{x, replay, metadata}, session_wire::websocket);
    return frame.substr(frame.find('{'));
  }

  bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  const std::vector<std::string> broken_lines{"{\"ip\":\"192.0.2.1\",\n \"userAgent\":\"x\"}",
                                              "{\r\n  \"ip\": \"x\"\r\n}",
                                              "{\r\"ip\":\r\"x\"\r}",
                                              "{\n\n\"ip\":\n\n\"x\"\n\n}",
                                              "{\"ip\":\"x\",\n\"data\": \"\",\n\"id\":9}",
                                              "{\n\r\n\r\"ip\":\"x\"}"};

  } // namespace

  TEST_CASE("an event with line breaks between its members is one whole message of a stream") {
    for (const auto& data : broken_lines) {
      CAPTURE(data);
      event_stream got{frame_of_stream(an_event(data))};
      REQUIRE(got.messages.size() == 1);
      CHECK(got.messages[0].type == "message");
      CHECK(got.messages[0].last_id == "7");
      CHECK(holds(got.messages[0].data, R"("data":)" + with_line_feeds(data) + '}'));
      CHECK(parse_strict_object(got.messages[0].data, 64).has_value());
    }
  }

  TEST_CASE("so is one of a replay, and one whose metadata has them") {
    for (const auto& text : broken_lines) {
      CAPTURE(text);
      event_stream again{frame_of_stream(an_event(text), 3)};
      REQUIRE(again.messages.size() == 1);
      CHECK(again.messages[0].type == "replay");
      // It moves no position.
      CHECK(again.messages[0].last_id.empty());
      CHECK(parse_strict_object(again.messages[0].data, 64).has_value());
      event_stream whole{frame_of_stream(an_event("{}", text), 0, true)};
      REQUIRE(whole.messages.size() == 1);
      CHECK(holds(whole.messages[0].data, R"("metadata":)" + with_line_feeds(text) + '}'));
    }
  }

  TEST_CASE("a segment is as many messages as it has events") {
    std::vector<live_event_ptr> events;
    for (size_t i = 0; i < broken_lines.size(); ++i) {
      auto x = an_event(broken_lines[i]);
      x->seq = i + 1;
      events.push_back(std::make_shared<const live_event>(std::move(x)));
    }
    auto text = *frames_of(live_segment{events, events.size()}, session_wire::server_sent);
    event_stream got{text};
    REQUIRE(got.messages.size() == events.size());
    for (size_t i = 0; i < events.size(); ++i)
      CHECK(got.messages[i].last_id == std::to_string(i + 1));
    CHECK(got.last_id == std::to_string(events.size()));
  }

  TEST_CASE("whatever text is told, it is one message and no field of its own") {
    for (const std::string text :
         {"", "\n", "\r\n", "a\nid: 9\nevent: end\n\ndata: forged", "x\rretry: 1\r\rid: 9",
          " leading", ": no comment", "\xef\xbb\xbf{}"}) {
      CAPTURE(text);
      event_stream got{frame_of(session_wire::server_sent, "hello", "{}")
                       + frame_of(session_wire::server_sent, "error", text)
                       + frame_of(session_wire::server_sent, "gap", "{}")};
      REQUIRE(got.messages.size() == 3);
      CHECK(got.messages[1].type == "error");
      CHECK(got.messages[1].data == with_line_feeds(text));
      CHECK(got.last_id.empty());
      CHECK(!got.retry);
    }
  }

  TEST_CASE("metadata is between publisher and operator, unless an operator wants it shown") {
    auto x = an_event(R"({"note":"metadata"})", R"({"ip":"192.0.2.7","userAgent":"Firefox"})");
    for (uint64_t replay : {0, 3}) {
      CAPTURE(replay);
      for (const auto& text : {payload_of(x, replay), frame_of_stream(x, replay)}) {
        CHECK(!holds(text, "192.0.2.7"));
        CHECK(!holds(text, R"("metadata":)"));
        CHECK(holds(text, R"("data":{"note":"metadata"}})"));
      }
      for (const auto& text : {payload_of(x, replay, true), frame_of_stream(x, replay, true)})
        CHECK(holds(text, R"("metadata":{"ip":"192.0.2.7","userAgent":"Firefox"}})"));
    }
  }

  TEST_CASE("both wires carry the same event") {
    auto x = an_event(R"({"ip":"x"})", R"({"a":1})");
    event_stream got{frame_of_stream(x)};
    REQUIRE(got.messages.size() == 1);
    CHECK(payload_of(x) == R"({"op":"event","seq":7,"event":)" + got.messages[0].data + '}');
  }

  TEST_CASE("the frames of a replay name it, and have no id on a stream") {
    auto x = an_event("{}");
    live_event fresh{x};
    live_event again{x, 7};
    CHECK(holds(*frame_of(again, session_wire::websocket),
                R"({"op":"event","seq":7,"replay":7,"event":{)"));
    CHECK(!holds(*frame_of(fresh, session_wire::websocket), "replay"));
    CHECK(frame_of(again, session_wire::server_sent)
            ->starts_with("event: replay\ndata: {\"seq\":7,\"replay\":7,\"event\":{"));
    CHECK(!holds(*frame_of(again, session_wire::server_sent), "id: "));
    CHECK(fresh.reaches() == 7);
    CHECK(again.reaches() == 0);
  }

  TEST_CASE("on a log stream the id of an event is its bookmark") {
    auto x = an_event("{}");
    const live_event marked{x, 0, true, true};
    const auto place = to_string(bookmark_of(*x));
    CHECK(holds(*frame_of(marked, session_wire::websocket),
                R"({"op":"event","seq":7,"bookmark":")" + place + R"(","event":{)"));
    event_stream got{*frame_of(marked, session_wire::server_sent)
                     + position_frame(session_wire::server_sent, 9, "0123456789ab.9")};
    REQUIRE(got.messages.size() == 1);
    CHECK(got.messages[0].last_id == place);
    CHECK(got.last_id == "0123456789ab.9");
    CHECK(holds(position_frame(session_wire::websocket, 9, "9"),
                R"({"op":"position","seq":9,"bookmark":"9"})"));
  }

  TEST_CASE("on the stream of a session the id of an event names the history") {
    auto x = an_event("{}");
    const live_event placed{x, 0, false, false, std::make_shared<const std::string>("h1")};
    event_stream got{*frame_of(placed, session_wire::server_sent)};
    REQUIRE(got.messages.size() == 1);
    CHECK(got.messages[0].last_id == "h1.7");
    CHECK(!holds(*frame_of(placed, session_wire::websocket), "h1"));
    CHECK(live_event{x}.place() == "7");
  }

  TEST_CASE("a frame is made once, and a segment of one event shares it") {
    auto x = std::make_shared<const live_event>(an_event("{}"));
    for (auto wire : {session_wire::websocket, session_wire::server_sent}) {
      const auto& frame = frame_of(*x, wire);
      CHECK(frame_of(*x, wire) == frame);
      CHECK(frames_of(live_segment{{x}, 7}, wire) == frame);
      CHECK(*frames_of(live_segment{{x, x}, 7}, wire) == *frame + *frame);
    }
  }
}
