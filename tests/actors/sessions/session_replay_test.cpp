// Replays to sessions, and events that the log no longer has.

#include "tests/actors/sessions/session_world.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/session_replay") {
  namespace {

  using seqs = std::vector<position>;

  struct started : session_world {
    started() {
      start();
    }

    std::shared_ptr<fake_link> user(const std::string& id = "u-1",
                                    const std::string& company = {}) {
      return open(request_of(id, company));
    }

    /// Asks the hub to replay `[first, last]`.
    auto replay(position first, position last) {
      auto page = std::make_shared<std::vector<event_ptr>>(
        log.events.begin() + static_cast<std::ptrdiff_t>(first - 1),
        log.events.begin() + static_cast<std::ptrdiff_t>(last));
      auto out = self->request(hub, caf::infinite, replay_request{7, std::move(page)});
      deliver();
      return out;
    }

    template <class Response>
    static bool is_answered(Response& x, std::optional<ec> error = {}) {
      bool out = false;
      x.receive([&](atom::done) { out = !error; },
                [&](const caf::error& reason) { out = error && reason == *error; });
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "everybody gets again what it may see, marked, and is where it was") {
    auto x = user("u-1", "c-1");
    auto y = user("u-2", "c-2");
    publish(audience::all);
    publish(audience::company, "c-1");
    publish(audience::company, "c-2");
    publish(audience::user, "c-2", "u-2");
    publish(audience::none);
    auto late = user("u-1", "c-1");
    auto done = replay(1, 5);
    CHECK(is_answered(done));
    CHECK(x->replayed == seqs{1, 2});
    CHECK(y->replayed == seqs{1, 3, 4});
    CHECK(late->replayed == seqs{1, 2});
    CHECK(x->seqs == seqs{1, 2});
    CHECK(late->seqs.empty());
    publish(audience::all);
    CHECK(x->seqs == seqs{1, 2, 6});
    CHECK(late->seqs == seqs{6});
  }

  TEST_CASE_FIXTURE(started, "types select of a replay, too") {
    auto request = request_of("u-1");
    request.types = *parse_patterns("order.*");
    auto x = open(request);
    for (const auto* type : {"user.login", "order.paid", "order.paid", "user.login", "order.paid"})
      publish(audience::all, {}, {}, type);
    auto done = replay(1, 5);
    CHECK(is_answered(done));
    CHECK(x->replayed == seqs{2, 3, 5});
  }

  TEST_CASE_FIXTURE(started, "a client that takes its time is waited for, but not for long") {
    auto quick = user();
    auto slow = user();
    auto dead = user();
    constexpr position count = 600;
    for (position i = 0; i < count; ++i)
      append(audience::all);
    feed(0);
    slow->budget = dead->budget = 2'000;
    slow->stalls = dead->stalls = true;
    auto done = replay(1, count);
    // The first segment ends at the position of the slow ones.
    CHECK(quick->replayed.size() > 0);
    CHECK(quick->replayed.size() < count);
    auto got = quick->replayed.size();
    for (int i = 0; i < 1'000 && slow->replayed.size() < got; ++i) {
      slow->drain();
      deliver();
    }
    CHECK(slow->replayed.size() == got);
    CHECK(quick->replayed.size() == got);
    slow->stalls = false;
    slow->drain();
    run(options.session.slow_grace * 10);
    CHECK(is_answered(done));
    CHECK(quick->replayed.size() == count);
    CHECK(slow->replayed == quick->replayed);
    CHECK(dead->replayed.size() < count);
    CHECK(dead->seqs == quick->seqs);
  }

  TEST_CASE_FIXTURE(started, "what is live goes first, and a replay ends nobody's session") {
    auto x = user();
    x->budget = 2'000;
    x->stalls = true;
    for (int i = 0; i < 40; ++i)
      publish(audience::all);
    x->stalls = false;
    x->drain();
    deliver();
    REQUIRE(x->seqs.size() == 40);
    x->stalls = true;
    x->unsent = x->budget - 1;
    auto done = replay(1, 40);
    publish(audience::all);
    // Its live event did not fit: it is behind, and the replay waits for that.
    auto held = x->replayed.size();
    CHECK(held < 40);
    CHECK(x->seqs.size() == 40);
    x->stalls = false;
    x->drain();
    deliver();
    CHECK(x->seqs.size() == 41);
    CHECK(x->replayed.size() == 40);
    CHECK(is_answered(done));
    run(60s);
    CHECK(!x->closed);
  }

  TEST_CASE_FIXTURE(started, "clients that go, and a stop, leave nobody waiting") {
    auto x = user();
    for (int i = 0; i < 5; ++i)
      publish(audience::all);
    x->budget = 10;
    x->stalls = true;
    x->unsent = 10;
    auto one = replay(1, 5);
    auto two = replay(1, 5);
    CHECK(x->replayed.empty());
    x->drop();
    deliver();
    CHECK(is_answered(one));
    CHECK(is_answered(two));
    auto nobody = replay(1, 5);
    CHECK(is_answered(nobody));
    auto y = user();
    y->budget = 10;
    y->stalls = true;
    y->unsent = 10;
    auto three = replay(1, 5);
    self->send(hub, atom::drain_v);
    deliver();
    CHECK(is_answered(three, ec::shutting_down));
    auto four = replay(1, 5);
    CHECK(is_answered(four, ec::shutting_down));
  }

  TEST_CASE_FIXTURE(started, "what the log has no more is told as a gap, and the rest comes") {
    for (int i = 0; i < 20; ++i)
      append(audience::all);
    stop(hub);
    log.first = 11;
    start();
    auto request = request_of("u-1");
    request.since = 4;
    auto x = open(request);
    REQUIRE(x->texts.size() == 2);
    CHECK(x->texts[1] == R"({"op":"gap","from":5,"to":10})");
    CHECK(x->seqs == seqs{11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
    request.since = 10;
    auto y = open(request);
    CHECK(y->texts.size() == 1);
    CHECK(y->seqs == x->seqs);
    publish(audience::all);
    CHECK(x->seqs.back() == 21);
  }
}
