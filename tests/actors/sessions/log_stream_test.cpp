// Streams of API keys: every event of the log, whatever its audience, once and in order.

#include "messages/events/bookmark.hpp"
#include "tests/actors/sessions/session_world.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/log_stream") {
  namespace {

  using seqs = std::vector<position>;

  bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  struct streams : session_world {
    streams() {
      start();
    }

    /// Whether the API key of all streams is there.
    std::shared_ptr<bool> admitted = std::make_shared<bool>(true);

    session_request of(std::optional<position> since, std::string key_company = {}) {
      session_request out;
      out.since = since;
      out.one_way = true;
      out.identity.who.company_id = key_company;
      auto& scope = out.scope.emplace();
      if (!key_company.empty())
        scope.company_id = std::move(key_company);
      scope.is_admitted = [holds = admitted] { return *holds; };
      return out;
    }

    std::shared_ptr<fake_link> begin(std::optional<position> since, std::string key_company = {}) {
      return open(of(since, std::move(key_company)));
    }

    std::string mark_at(position x) const {
      return bookmark_of(*log.events[x - 1]).mark;
    }

    /// An event of each audience for each company, and for none.
    void publish_all_kinds() {
      for (auto to : {audience::none, audience::user, audience::company, audience::all})
        for (const auto* company : {"", "c-1", "c-2"})
          publish(to, company, "u-1");
    }

    seqs of_company(std::string_view company) const {
      seqs out;
      for (const auto& x : log.events)
        if (x->company_id == company)
          out.push_back(x->seq);
      return out;
    }

    seqs all() const {
      seqs out;
      for (const auto& x : log.events)
        out.push_back(x->seq);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(streams, "every audience comes, of the company of the key or of all") {
    struct row {
      std::string key_company;
      std::optional<std::string> asked;
      std::string seen;
    };
    const std::vector<row> table{{"", {}, "all"},
                                 {"", "c-1", "c-1"},
                                 {"", "c-9", "c-9"},
                                 {"c-1", {}, "c-1"},
                                 {"c-2", "c-2", "c-2"}};
    publish_all_kinds();
    std::vector<std::shared_ptr<fake_link>> opened;
    for (const auto& x : table) {
      auto request = of(0, x.key_company);
      if (x.asked)
        request.scope->company_id = x.asked;
      opened.push_back(open(request));
    }
    publish_all_kinds();
    for (size_t i = 0; i < table.size(); ++i) {
      CAPTURE(i);
      CHECK(opened[i]->seqs == (table[i].seen == "all" ? all() : of_company(table[i].seen)));
    }
    CHECK(opened[0]->seqs.size() == 24);
    CHECK(opened[3]->seqs.size() == 8);
  }

  TEST_CASE_FIXTURE(streams, "types select, and cannot be changed") {
    auto request = of(0);
    request.types = *parse_patterns("order.*");
    request.one_way = false;
    auto x = open(request);
    publish(audience::none, {}, {}, "order.created");
    publish(audience::all, {}, {}, "user.login");
    publish(audience::none, "c-1", {}, "order.paid");
    CHECK(x->seqs == seqs{1, 3});
    say(*x, R"({"op":"subscribe","types":["user.login"]})");
    deliver();
    CHECK(holds(x->texts.back(), "invalid_argument"));
    CHECK(!x->closed);
    publish(audience::all, {}, {}, "user.login");
    say(*x, R"({"op":"ping"})");
    deliver();
    CHECK(x->texts.back() == R"({"op":"position","seq":4,"bookmark":")" + mark_at(4) + R"(.4"})");
    CHECK(x->seqs == seqs{1, 3});
    say(*x, "no json");
    deliver();
    REQUIRE(x->closed.has_value());
    CHECK(x->closed->first == session_close::protocol_error);
  }

  TEST_CASE_FIXTURE(streams, "without since it begins with what is new, and says where") {
    publish(audience::none);
    publish(audience::all);
    auto x = begin(std::nullopt, "c-1");
    CHECK(x->texts.at(0)
          == R"({"op":"hello","session":"1","userId":null,"companyId":"c-1","head":2,)"
             R"("heartbeatMs":25000,"bookmark":")"
               + mark_at(2) + R"(.2"})");
    publish(audience::none, "c-1");
    CHECK(x->seqs == seqs{3});
  }

  TEST_CASE_FIXTURE(streams, "an empty log is followed from its beginning") {
    auto x = begin(0);
    CHECK(holds(x->texts.at(0), R"("bookmark":"0")"));
    publish(audience::none);
    CHECK(x->seqs == seqs{1});
  }

  TEST_CASE_FIXTURE(streams, "since beyond the log is refused") {
    publish(audience::all);
    auto x = begin(2);
    REQUIRE(x->refused.has_value());
    CHECK(x->refused->code == ec::conflict);
    CHECK(x->refused->field == "since");
    CHECK(x->closed->first == session_close::protocol_error);
    CHECK(x->closed->second == 1);
    CHECK(x->texts.empty());
  }

  TEST_CASE_FIXTURE(streams, "since of another history is refused, of this one accepted") {
    for (int i = 0; i < 3; ++i)
      publish(audience::all);
    const auto mark = mark_at(2);
    auto resumed = [&] {
      auto request = of(2);
      request.scope->mark = mark;
      return open(request);
    };
    auto same = resumed();
    CHECK(!same->refused);
    CHECK(same->seqs == seqs{3});
    // As after a restore: the log went on from an earlier position.
    auto other = make_event(2, "c-1", "order.created");
    other->recorded_at += 1us;
    log.events[1] = other;
    auto x = resumed();
    REQUIRE(x->refused.has_value());
    CHECK(x->refused->code == ec::conflict);
    CHECK(x->refused->field == "since");
    CHECK(x->seqs.empty());
    // A bare position is taken at its word.
    CHECK(begin(2)->seqs == seqs{3});
  }

  TEST_CASE("the id of the history is said, and another one refused") {
    streams world;
    world.stop(world.hub);
    world.history = "h1";
    world.start();
    auto opened = [&](std::string history) {
      auto request = world.of(0);
      request.scope->history = std::move(history);
      return world.open(request);
    };
    auto same = opened("h1");
    CHECK(!same->refused);
    CHECK(holds(same->texts.at(0), R"("history":"h1")"));
    auto x = opened("h2");
    REQUIRE(x->refused.has_value());
    CHECK(x->refused->code == ec::conflict);
    CHECK(x->refused->field == "history");
    CHECK(x->closed->first == session_close::protocol_error);
  }

  TEST_CASE("a former history is as good as far as the log has it in common") {
    streams world;
    world.stop(world.hub);
    world.history = "h2";
    world.former = {{"h1", 2}};
    world.start();
    for (int i = 0; i < 4; ++i)
      world.publish(audience::all, "c-1");
    auto opened = [&](position since) {
      auto request = world.of(since);
      request.scope->history = "h1";
      return world.open(request);
    };
    const auto common = opened(2);
    CHECK(!common->refused);
    CHECK(holds(common->texts.at(0), R"("history":"h2")"));
    CHECK(common->seqs == seqs{3, 4});
    const auto x = opened(3);
    REQUIRE(x->refused.has_value());
    CHECK(x->refused->code == ec::conflict);
    CHECK(holds(x->refused->detail, "behind position 2 "));
  }

  TEST_CASE_FIXTURE(streams, "positions that the log no longer has are a gap") {
    for (int i = 0; i < 5; ++i)
      publish(audience::none);
    log.first = 4;
    auto request = of(1);
    request.scope->mark = "0123456789ab";
    auto x = open(request);
    REQUIRE(x->texts.size() == 2);
    CHECK(holds(x->texts[0], R"("bookmark":"0123456789ab.1")"));
    CHECK(x->texts[1] == R"({"op":"gap","from":2,"to":3})");
    CHECK(x->seqs == seqs{4, 5});
  }

  TEST_CASE_FIXTURE(streams, "a key that was deleted gets nothing more") {
    publish(audience::all);
    auto x = begin(0);
    auto idle = begin(0, "c-9");
    *admitted = false;
    publish(audience::all);
    CHECK(x->seqs == seqs{1});
    REQUIRE(x->refused.has_value());
    CHECK(x->refused->code == ec::unauthenticated);
    CHECK(x->closed->first == session_close::unauthenticated);
    CHECK(x->closed->second == 1);
    // Nothing came for this one: the heartbeat ends it.
    run(26s);
    REQUIRE(idle->closed.has_value());
    CHECK(idle->closed->first == session_close::unauthenticated);
    auto late = begin(0);
    REQUIRE(late->refused.has_value());
    CHECK(late->refused->code == ec::unauthenticated);
  }

  TEST_CASE_FIXTURE(streams, "who reads slowly gets everything, and who does not is ended") {
    auto x = std::make_shared<fake_link>();
    x->stalls = true;
    x->budget = 2'000;
    open(of(0), x);
    for (int i = 0; i < 40; ++i)
      publish(audience::none);
    CHECK(x->seqs.size() < 40);
    for (int i = 0; i < 100 && x->seqs.size() < 40; ++i) {
      run(10s);
      x->drain();
      deliver();
    }
    CHECK(x->seqs == all());
    CHECK(!x->closed);
    x->drain();
    for (int i = 0; i < 40; ++i)
      publish(audience::none);
    const auto sent = x->seqs.size();
    run(29s);
    CHECK(!x->closed);
    run(2s);
    REQUIRE(x->closed.has_value());
    CHECK(x->closed->first == session_close::too_slow);
    CHECK(x->closed->second >= x->seqs.back());
    publish(audience::none);
    CHECK(x->seqs.size() == sent);
  }

  TEST_CASE_FIXTURE(streams, "a heartbeat tells the position, though nothing was for it") {
    auto x = begin(0, "c-1");
    publish(audience::all, "c-2");
    run(26s);
    CHECK(x->seqs.empty());
    CHECK(x->texts.back() == R"({"op":"position","seq":1,"bookmark":")" + mark_at(1) + R"(.1"})");
  }

  TEST_CASE_FIXTURE(streams, "a log that cannot be read is read later") {
    publish(audience::none);
    log.broken = true;
    auto x = begin(0);
    publish(audience::none);
    CHECK(x->seqs.empty());
    CHECK(!x->closed);
    log.broken = false;
    run(2s);
    CHECK(x->seqs == seqs{1, 2});
  }

  TEST_CASE_FIXTURE(streams, "a replay does not come") {
    publish(audience::all);
    auto x = begin(0);
    auto events = std::make_shared<std::vector<event_ptr>>(log.events);
    replay_request request;
    request.replay_id = 3;
    request.events = events;
    REQUIRE(ask<atom::done>(hub, request));
    CHECK(x->replayed.empty());
    CHECK(x->seqs == seqs{1});
  }

  TEST_CASE("there are as many as may be, and they are sessions too") {
    streams world;
    world.stop(world.hub);
    world.options.max_log_streams = 2;
    world.stats = std::make_shared<telemetry>();
    world.start();
    auto first = world.begin(0);
    CHECK(!world.begin(0)->closed);
    auto refused = world.begin(0);
    REQUIRE(refused->refused.has_value());
    CHECK(refused->refused->code == ec::overloaded);
    CHECK(!world.open(session_world::request_of("u-1"))->closed);
    first->drop();
    world.deliver();
    CHECK(!world.begin(0)->closed);
    CHECK(world.stats->sessions == 3);
  }

  TEST_CASE("whatever happens, each event comes once and in order") {
    const auto seed = seed_of_run();
    CAPTURE(seed);
    std::mt19937 engine{seed};
    auto below = [&](unsigned n) { return static_cast<unsigned>(engine() % n); };
    for (int round = 0; round < 30; ++round) {
      streams world;
      std::shared_ptr<fake_link> link;
      seqs got;
      auto connect = [&] {
        auto since = got.empty() ? 0 : got.back();
        auto request = world.of(since, "c-1");
        if (since > 0)
          request.scope->mark = world.mark_at(since);
        link = std::make_shared<fake_link>();
        link->stalls = below(2) == 0;
        link->budget = 1'000;
        world.open(request, link);
      };
      connect();
      for (int step = 0; step < 60; ++step) {
        switch (below(6)) {
        case 0:
        case 1:
          world.publish(audience::none, below(2) == 0 ? "c-1" : "c-2");
          break;
        case 2:
          for (auto n = below(5); n > 0; --n)
            world.append(audience::user, below(2) == 0 ? "c-1" : "c-2");
          if (world.log.head() > 0)
            world.feed(world.log.head() - 1);
          break;
        case 3:
          link->drain();
          world.deliver();
          break;
        case 4:
          world.run(std::chrono::seconds{below(4)});
          break;
        default:
          got.insert(got.end(), link->seqs.begin(), link->seqs.end());
          link->drop();
          world.deliver();
          connect();
        }
      }
      for (int i = 0; i < 100; ++i) {
        link->drain();
        world.deliver();
      }
      world.run(std::chrono::seconds{1});
      got.insert(got.end(), link->seqs.begin(), link->seqs.end());
      CHECK(got == world.of_company("c-1"));
    }
  }
}
