// The client's side of RFC 6455, right and wrong: what Autobahn lists as 1 to 7, 9 and 10.

#include "net/data/sessions/frame_reader.hpp"
#include "tests/net/data/sessions/session_fixture.hpp"

#include <set>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/session_frames") {
  namespace {

  struct started : session_fixture {
    started() {
      start();
    }

    /// Sends these bytes on a connection of its own; answers the close that comes after `before`
    /// other frames.
    frame close_after(std::string_view bytes, size_t before = 0) {
      auto client = open();
      client.raw.send(bytes);
      for (; before > 0; --before)
        REQUIRE(client.read().opcode != op_close);
      auto out = client.read();
      CHECK(client.raw.closed());
      return out;
    }

    static std::multiset<std::string> payloads(socket_client& from, int count) {
      std::multiset<std::string> out;
      for (int i = 0; i < count; ++i)
        out.insert(from.read().payload);
      return out;
    }

    void check_fails(std::string_view bytes, uint16_t code, size_t before = 0) {
      auto x = close_after(bytes, before);
      CAPTURE(static_cast<int>(static_cast<uint8_t>(bytes[0])));
      CAPTURE(bytes.size());
      CAPTURE(x.payload.size());
      CHECK(x.came);
      CHECK(x.opcode == op_close);
      CHECK(!x.masked);
      CHECK(x.code() == code);
    }
  };

  constexpr frame_form part{.fin = false};

  /// A reader's result for these bytes, in pieces of this size.
  struct reading {
    std::vector<std::string> texts;
    uint16_t code = 0;
    bool ended = false;

    reading(std::string_view bytes, size_t piece) {
      sessions::frame_reader reader{
        {[&](std::string x) { texts.push_back(std::move(x)); }, [](const std::string&) {}}, 65'536};
      for (; !bytes.empty() && !ended; bytes.remove_prefix(std::min(piece, bytes.size())))
        ended = reader.feed(bytes.substr(0, piece)) == sessions::frame_reader::state::ended;
      code = reader.code();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "text of every length comes in one message") {
    auto client = open();
    for (size_t size : {0, 1, 125, 126, 127, 128, 65'535, 65'536}) {
      CAPTURE(size);
      const std::string text(size, 'x');
      client.send(op_text, text);
      auto x = client.read();
      CHECK(x.came);
      CHECK(x.fin);
      CHECK(x.reserved == 0);
      CHECK(x.opcode == op_text);
      CHECK(!x.masked);
      CHECK(x.payload == text);
    }
  }

  TEST_CASE_FIXTURE(started, "however the bytes arrive") {
    auto client = open();
    auto bytes = frame_text(op_text, "one") + frame_text(op_ping, "p") + frame_text(op_text, "two");
    for (char x : bytes)
      client.raw.send({&x, 1});
    client.raw.send(bytes);
    // A pong may be behind what came later.
    CHECK(payloads(client, 6) == std::multiset<std::string>{"one", "one", "p", "p", "two", "two"});
  }

  TEST_CASE_FIXTURE(started, "what came with the handshake counts") {
    raw_client raw{port->port()};
    raw.send(handshake("/ws?user=u-1") + frame_text(op_text, "early"));
    raw.head_only = true;
    CHECK(raw.read().status == 101);
    CHECK(raw.take(7)
          == "\x81\x05"
             "early");
  }

  TEST_CASE_FIXTURE(started, "pings are answered with what they hold, pongs are not") {
    auto client = open();
    for (const auto& payload : {std::string{}, std::string{"hello"}, std::string(125, '\xfe')}) {
      client.send(op_ping, payload);
      auto x = client.read();
      CHECK(x.opcode == op_pong);
      CHECK(x.payload == payload);
    }
    client.send(op_pong, "nobody asked");
    client.send(op_text, "then");
    CHECK(client.read().payload == "then");
  }

  TEST_CASE_FIXTURE(started, "fragments make a message, with control frames in between") {
    auto client = open();
    client.send(op_text, "a", part);
    client.send(op_continuation, "", part);
    client.send(op_ping, "p");
    client.send(op_continuation, "b", part);
    client.send(op_pong, "");
    client.send(op_continuation, "c");
    CHECK(payloads(client, 2) == std::multiset<std::string>{"p", "abc"});
    for (int i = 0; i < 500; ++i)
      client.send(i == 0 ? op_text : op_continuation, "x", part);
    client.send(op_continuation, "");
    CHECK(client.read().payload == std::string(500, 'x'));
  }

  TEST_CASE_FIXTURE(started, "what the framing forbids ends the connection with 1002") {
    for (auto bit : std::vector<uint8_t>{1, 2, 4, 7}) {
      CAPTURE(int{bit});
      check_fails(frame_text(op_text, "x", {.reserved = bit}), 1002);
      check_fails(frame_text(op_ping, "x", {.reserved = bit}), 1002);
    }
    for (auto opcode : std::vector<uint8_t>{3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      CAPTURE(int{opcode});
      check_fails(frame_text(opcode, ""), 1002);
      check_fails(frame_text(op_text, "a") + frame_text(opcode, "x"), 1002, 1);
    }
    SUBCASE("no mask") {
      check_fails(frame_text(op_text, "x", {.masked = false}), 1002);
      check_fails(frame_text(op_ping, "x", {.masked = false}), 1002);
    }
    SUBCASE("control frames that are long, or in parts") {
      check_fails(frame_text(op_ping, std::string(126, 'x')), 1002);
      check_fails(frame_text(op_close, std::string(126, 'x')), 1002);
      check_fails(frame_text(op_ping, "x", part), 1002);
      check_fails(frame_text(op_close, close_payload(1000), part), 1002);
    }
    SUBCASE("fragments out of order") {
      check_fails(frame_text(op_continuation, "x"), 1002);
      check_fails(frame_text(op_continuation, "x", part), 1002);
      check_fails(frame_text(op_text, "a", part) + frame_text(op_text, "b"), 1002);
      check_fails(frame_text(op_text, "a", part) + frame_text(op_binary, "b"), 1002);
      check_fails(frame_text(op_text, "a") + frame_text(op_continuation, "b"), 1002, 1);
    }
    SUBCASE("lengths that are longer than need be, or than can be") {
      check_fails(frame_text(op_text, "x", {.length_bytes = 2}), 1002);
      check_fails(frame_text(op_text, "x", {.length_bytes = 8}), 1002);
      check_fails(frame_text(op_text, std::string(200, 'x'), {.length_bytes = 8}), 1002);
      check_fails(frame_text(op_text, "x", {.length_bytes = 8, .announced = uint64_t{1} << 63}),
                  1002);
    }
  }

  TEST_CASE_FIXTURE(started, "binary data is not taken") {
    check_fails(frame_text(op_binary, "x"), 1003);
    check_fails(frame_text(op_binary, "x", part) + frame_text(op_continuation, "y"), 1003);
  }

  TEST_CASE_FIXTURE(started, "text is UTF-8, over the bounds of fragments too") {
    auto client = open();
    for (const char* text : {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", "\xf4\x8f\xbf\xbf",
                             "\xef\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xc2\x80"}) {
      client.send(op_text, text);
      CHECK(client.read().payload == text);
    }
    client.send(op_text, "\xce", part);
    client.send(op_ping, "");
    client.send(op_continuation, "\xba");
    CHECK(payloads(client, 2) == std::multiset<std::string>{"", "\xce\xba"});
    const std::vector<std::string> wrong{"\xff",
                                         "\x80",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xed\xbf\xbf",
                                         "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "a\xce",
                                         "\xe2\x82",
                                         "\xf8\x88\x80\x80\x80"};
    for (const auto& text : wrong) {
      CAPTURE(text.size());
      check_fails(frame_text(op_text, text), 1007);
      check_fails(frame_text(op_text, "ok", part) + frame_text(op_continuation, text), 1007);
      check_fails(frame_text(op_text, text.substr(0, 1), part)
                    + frame_text(op_continuation, text.substr(1)),
                  1007);
    }
  }

  TEST_CASE_FIXTURE(started, "a close is answered with its code, and ends the connection") {
    for (auto code : std::vector<uint16_t>{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                                           3000, 3999, 4000, 4999}) {
      CAPTURE(code);
      check_fails(frame_text(op_close, close_payload(code, "bye")), code);
    }
    check_fails(frame_text(op_close, ""), 1005);
    check_fails(frame_text(op_close, close_payload(1000, std::string(123, 'r'))), 1000);
    // Input behind it is ignored.
    check_fails(frame_text(op_close, close_payload(1000)) + frame_text(op_text, "late"), 1000);
    check_fails(frame_text(op_text, "half", part) + frame_text(op_close, close_payload(1000)),
                1000);
  }

  TEST_CASE_FIXTURE(started, "a close that is wrong is a fault") {
    for (auto code : std::vector<uint16_t>{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                                           5000, 65'535}) {
      CAPTURE(code);
      check_fails(frame_text(op_close, close_payload(code)), 1002);
    }
    check_fails(frame_text(op_close, "x"), 1002);
    check_fails(frame_text(op_close, close_payload(1000, "\xff")), 1007);
  }

  TEST_CASE("in whatever pieces: a close with bad text is a fault, nothing follows binary data") {
    const auto close = frame_text(op_close, close_payload(1000, "bad \xff text"));
    const auto half = frame_text(op_close, close_payload(1000, "\xce"));
    const auto binary = frame_text(op_binary, "x") + frame_text(op_text, "y");
    for (size_t piece = 1; piece <= binary.size() + close.size(); ++piece) {
      CAPTURE(piece);
      CHECK(reading{close, piece}.code == 1007);
      CHECK(reading{half, piece}.code == 1007);
      const reading x{binary, piece};
      CHECK(x.ended);
      CHECK(x.code == 1003);
      CHECK(x.texts.empty());
    }
  }

  TEST_CASE_FIXTURE(started, "messages are bounded, whole or in parts, before they are there") {
    const std::string half(40'000, 'x');
    check_fails(frame_text(op_text, std::string(65'537, 'x')), 1009);
    check_fails(frame_text(op_text, half, part) + frame_text(op_continuation, half), 1009);
    // Only the beginning of it has to arrive.
    check_fails(frame_text(op_text, "x", {.length_bytes = 8, .announced = uint64_t{1} << 40}),
                1009);
  }

  TEST_CASE_FIXTURE(started, "a connection that breaks ends its session, and leaves nothing") {
    for (const auto& bytes : {std::string{}, frame_text(op_text, "half").substr(0, 5),
                              frame_text(op_text, "x", part)}) {
      {
        auto client = open();
        client.raw.send(bytes);
        client.raw.abort();
      }
      auto x = last();
      CHECK(eventually([&] { return x.peer->closed.load(); }));
      CHECK(eventually([&] { return x.link.expired(); }));
    }
    CHECK(healthy());
  }
}
