#include "net/data/sessions/session_mailbox.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::sessions;

TEST_SUITE("net/session_mailbox") {
  namespace {

  class fake_peer final : public session_peer {
  public:
    void on_text(std::string) override {
    }
    void on_writable() override {
    }
    void on_closed() override {
      ++closed;
    }

    int closed = 0;
  };

  struct fixture {
    int woken = 0;
    session_mailbox stream{session_wire::server_sent, 100, [this] { ++woken; }};
    session_mailbox socket{session_wire::websocket, 100, [this] { ++woken; }};
    std::shared_ptr<fake_peer> peer = std::make_shared<fake_peer>();

    /// Sends one event of so many bytes.
    static bool send(session_mailbox& to, size_t bytes) {
      auto text = std::make_shared<const std::string>(bytes, 'x');
      std::vector<outbox::item> items;
      items.push_back({text, *text, 1});
      return to.send(std::move(items), bytes, 1);
    }

    static std::string text_of(const session_mailbox::contents& x) {
      std::string out;
      for (const auto& y : x.items)
        out += y.bytes;
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the loop is woken once for any number of items") {
    socket.leave("a", 1);
    socket.leave("b", 0);
    CHECK(send(socket, 1));
    CHECK(woken == 1);
    auto left = socket.take();
    CHECK(text_of(left) == "abx");
    CHECK(left.frames == 2);
    CHECK(!left.ending);
    CHECK(socket.take().items.empty());
    socket.leave("c", 1);
    CHECK(woken == 2);
  }

  TEST_CASE_FIXTURE(fixture, "beyond the budget events wait until half of it is free") {
    socket.bind(peer);
    CHECK(send(socket, 150));
    CHECK(!send(socket, 1));
    // A message of the protocol is sent in any case.
    socket.leave("a", 1);
    socket.take();
    CHECK(socket.sent(100, false) == nullptr);
    CHECK(socket.sent(1, false) == peer);
    // Told once.
    CHECK(socket.sent(1, false) == nullptr);
    CHECK(send(socket, 50));
    CHECK(!send(socket, 50));
    socket.take();
    CHECK(socket.sent(0, true) == peer);
    CHECK(send(socket, 1'000));
  }

  TEST_CASE_FIXTURE(fixture, "a stream that has not begun is answered with a rejection") {
    stream.open({"head ", "X-Field: 1\r\n"});
    stream.close(session_close::overloaded, 7);
    auto left = stream.take();
    CHECK(text_of(left).starts_with("HTTP/1.1 503 "));
    CHECK(text_of(left).find("X-Field: 1\r\n") != std::string::npos);
    REQUIRE(left.ending);
    CHECK(left.ending->refused);
    CHECK(left.ending->resume == 7);
    // The first end counts, and no event follows.
    stream.close(session_close::normal, 9);
    CHECK(send(stream, 1));
    left = stream.take();
    CHECK(left.items.empty());
    CHECK(left.ending->why == session_close::overloaded);
  }

  TEST_CASE_FIXTURE(fixture, "a stream begins with its first data, and is told why it ends") {
    stream.open({"head ", {}});
    CHECK(send(stream, 3));
    stream.refuse({ec::overloaded, "the reason", {}}, session_close::overloaded, 0);
    auto left = stream.take();
    CHECK(text_of(left).starts_with("head xxxevent: error\ndata: {\"op\":\"error\""));
    REQUIRE(left.ending);
    CHECK(!left.ending->refused);
  }

  TEST_CASE_FIXTURE(fixture, "input waits for the session, and for a client that does not read") {
    CHECK(!socket.may_read(false, false));
    CHECK(socket.may_read(true, false));
    socket.bind(peer);
    CHECK(socket.is_bound());
    for (int i = 0; i < 16; ++i) {
      CHECK(socket.may_read(false, false));
      CHECK(socket.count_text() == peer);
    }
    CHECK(!socket.may_read(false, false));
    socket.take();
    auto before = woken;
    socket.took();
    CHECK(woken == before + 1);
    CHECK(socket.may_read(false, true));
    socket.leave(std::string(70'000, 'x'), 0);
    CHECK(socket.may_read(false, false));
    CHECK(!socket.may_read(false, true));
  }

  TEST_CASE_FIXTURE(fixture, "once shut it takes nothing, and tells whom it still meets") {
    socket.bind(peer);
    CHECK(socket.shut() == peer);
    CHECK(socket.shut() == nullptr);
    CHECK(peer->closed == 0);
    socket.leave("a", 1);
    CHECK(send(socket, 1));
    CHECK(socket.take().items.empty());
    socket.bind(peer);
    CHECK(peer->closed == 1);
    CHECK(!socket.is_bound());
  }
}
