// `metadata` does not leave the node with an event unless an operator allows it.

#include "actors/webhooks/endpoints/webhook_message.hpp"
#include "tests/actors/sessions/session_world.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("actors/event_metadata") {
  namespace {

  constexpr std::string_view colleague = R"({"ip":"192.0.2.7","userAgent":"Firefox"})";

  /// Keeps the messages sent to it.
  class reading_link final : public session_link {
  public:
    std::string got;
    std::shared_ptr<session_peer> peer;

    void bind(std::shared_ptr<session_peer> x) override {
      peer = std::move(x);
    }
    session_wire wire() const noexcept override {
      return session_wire::server_sent;
    }
    bool send(const live_segment_ptr& x, size_t first, size_t last) override {
      for (auto i = first; i < last; ++i)
        got += x->events()[i]->text();
      return true;
    }
    void say(std::string_view, std::string_view json) override {
      got += json;
    }
    void report(position, std::string_view) override {
    }
    void took() override {
    }
    void refuse(const failure&, session_close, position) override {
    }
    void close(session_close, position) override {
    }
  };

  /// Sessions that receive it live, from the hub's memory, from the log, and by a replay.
  std::string all_that_is_sent(bool metadata) {
    session_world world;
    world.options.session.metadata = metadata;
    auto x = make_event(1, "c-1", "order.created");
    x->audience = audience::company;
    x->metadata = colleague;
    std::vector<std::shared_ptr<reading_link>> links;
    auto open = [&](std::optional<position> since) {
      auto link = std::make_shared<reading_link>();
      auto request = session_world::request_of("u-2", "c-1");
      request.since = since;
      world.self->send(world.hub, open_session{request, link});
      world.deliver();
      links.push_back(std::move(link));
    };
    world.start();
    open({});
    world.log.events.push_back(x);
    world.feed(0);
    open(0);
    replay_request replay;
    replay.replay_id = 3;
    replay.events = std::make_shared<const std::vector<event_ptr>>(std::vector<event_ptr>{x});
    world.self->send(world.hub, replay);
    world.deliver();
    world.stop(world.hub);
    world.start();
    open(0);
    std::string out;
    for (auto& link : links) {
      CHECK(link->got.find(R"("type":"order.created")") != std::string::npos);
      out += link->got;
      if (auto peer = std::exchange(link->peer, nullptr))
        peer->on_closed();
    }
    world.deliver();
    CHECK(out.find(R"("replay":3)") != std::string::npos);
    return out;
  }

  } // namespace

  TEST_CASE("sessions do not get a colleague's metadata, on whatever road an event comes") {
    auto text = all_that_is_sent(false);
    CHECK(text.find("192.0.2.7") == std::string::npos);
    CHECK(text.find("metadata") == std::string::npos);
  }

  TEST_CASE("they do if the operator says so") {
    auto text = all_that_is_sent(true);
    size_t count = 0;
    for (auto at = text.find(colleague); at != std::string::npos; at = text.find(colleague, at + 1))
      ++count;
    // Live, from memory, from the log; and the replay, which two sessions saw.
    CHECK(count == 3 + 2);
  }

  TEST_CASE("webhooks do not") {
    auto x = make_event(1, "c-1", "order.created");
    x->metadata = colleague;
    CHECK(webhook_body(*x).find("192.0.2.7") == std::string::npos);
    CHECK(webhook_body(*x).find("metadata") == std::string::npos);
  }
}
