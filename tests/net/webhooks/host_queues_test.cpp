#include "net/webhooks/host_queues.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace carillon::test {

TEST_SUITE("net/host_queues") {
  namespace {

  using namespace std::chrono_literals;
  using http::host_queues;
  using http::pending_request_ptr;

  pending_request_ptr request_for(std::string origin, std::string url = {}, uint64_t sender = 0) {
    auto out = std::make_unique<http::pending_request>();
    out->origin = std::move(origin);
    out->request.url = std::move(url);
    out->request.sender = sender;
    out->begun = http::steady_clock::now();
    return out;
  }

  void finish(host_queues& queues, std::string origin, bool answered = true, uint64_t sender = 0) {
    queues.finished(*request_for(std::move(origin), {}, sender), answered);
  }

  /// Starts all that may start, and counts them by sender.
  std::map<uint64_t, size_t> started_by(host_queues& queues) {
    std::map<uint64_t, size_t> out;
    for (auto x = queues.next(); x; x = queues.next())
      ++out[x->request.sender];
    return out;
  }

  /// Starts all that may start.
  std::vector<std::string> started(host_queues& queues) {
    std::vector<std::string> out;
    for (auto x = queues.next(); x; x = queues.next())
      out.push_back(x->origin + x->request.url);
    return out;
  }

  } // namespace

  TEST_CASE("hosts take turns, each in order") {
    host_queues queues{{.per_host = 8, .total = 100}};
    for (const auto* url : {"1", "2", "3"})
      queues.add(request_for("a", url));
    queues.add(request_for("b", "1"));
    CHECK(started(queues) == std::vector<std::string>{"a1", "b1", "a2", "a3"});
    CHECK(queues.active() == 4);
    CHECK(queues.waiting() == 0);
  }

  TEST_CASE("a host has no more than its share, and starts the next when one has ended") {
    host_queues queues{{.per_host = 2, .total = 100}};
    for (const auto* url : {"1", "2", "3", "4"})
      queues.add(request_for("a", url));
    CHECK(started(queues).size() == 2);
    finish(queues, "a");
    CHECK(started(queues) == std::vector<std::string>{"a3"});
    CHECK(queues.waiting() == 1);
  }

  TEST_CASE("a slow sender leaves places of its host to another one") {
    host_queues queues{{.per_host = 8, .total = 100}};
    constexpr uint64_t slow = 1;
    constexpr uint64_t fast = 2;
    queues.add(request_for("a", {}, fast));
    CHECK(started_by(queues).at(fast) == 1);
    finish(queues, "a", true, fast);
    for (int i = 0; i < 100; ++i)
      queues.add(request_for("a", {}, slow));
    // One of eight places stays free for recent senders.
    CHECK(started_by(queues).at(slow) == 7);
    // So the fast one never waits for a request of the slow one to end.
    for (int i = 0; i < 20; ++i) {
      queues.add(request_for("a", {}, fast));
      CHECK(started_by(queues) == std::map<uint64_t, size_t>{{fast, 1}});
      finish(queues, "a", true, fast);
      CHECK(started_by(queues).empty());
    }
  }

  TEST_CASE("senders that all have much to do come to equal shares") {
    host_queues queues{{.per_host = 6, .total = 100}};
    for (int i = 0; i < 50; ++i)
      queues.add(request_for("a", {}, 1));
    CHECK(started_by(queues).at(1) == 6);
    for (uint64_t sender : {2, 3})
      for (int i = 0; i < 50; ++i)
        queues.add(request_for("a", {}, sender));
    for (int i = 0; i < 4; ++i)
      finish(queues, "a", true, 1);
    CHECK(started_by(queues) == std::map<uint64_t, size_t>{{2, 2}, {3, 2}});
    // After each end, the sender with the fewest requests is next.
    for (int i = 0; i < 30; ++i) {
      auto sender = static_cast<uint64_t>(i % 3 + 1);
      finish(queues, "a", true, sender);
      CHECK(started_by(queues) == std::map<uint64_t, size_t>{{sender, 1}});
    }
  }

  TEST_CASE("who is alone has the whole limit, and again when others are forgotten") {
    host_queues queues{{.per_host = 4, .total = 100}};
    queues.add(request_for("a", {}, 1));
    queues.add(request_for("a", {}, 2));
    CHECK(started_by(queues).size() == 2);
    finish(queues, "a", true, 1);
    finish(queues, "a", true, 2);
    auto later = http::steady_clock::now() + host_queues::remembered + 1s;
    queues.forget(later);
    CHECK(queues.hosts() == 0);
    for (int i = 0; i < 9; ++i)
      queues.add(request_for("a", {}, 1));
    CHECK(started_by(queues).at(1) == 4);
  }

  TEST_CASE("with a place or two for a host there is still no standstill") {
    for (size_t limit : {1, 2}) {
      CAPTURE(limit);
      host_queues queues{{.per_host = limit, .total = 100}};
      for (int i = 0; i < 10; ++i)
        for (uint64_t sender = 1; sender <= 5; ++sender)
          queues.add(request_for("a", {}, sender));
      size_t ended = 0;
      while (queues.waiting() > 0 || queues.active() > 0) {
        auto x = queues.next();
        REQUIRE(x != nullptr);
        queues.finished(*x, true);
        ++ended;
      }
      CHECK(ended == 50);
    }
  }

  TEST_CASE("the total is kept, and the next in turn follows") {
    host_queues queues{{.per_host = 2, .total = 2}};
    for (const auto* host : {"a", "b", "c"})
      queues.add(request_for(host));
    CHECK(started(queues).size() == 2);
    finish(queues, "b");
    CHECK(started(queues) == std::vector<std::string>{"c"});
  }

  TEST_CASE("hosts that do not answer leave connections to those which do") {
    host_queues queues{{.per_host = 8, .total = 64}};
    for (int host = 0; host < 40; ++host)
      for (int i = 0; i < 8; ++i)
        queues.add(request_for("hanging" + std::to_string(host)));
    started(queues);
    CHECK(queues.active() < 64);
    for (int i = 0; i < 8; ++i)
      queues.add(request_for("healthy"));
    CHECK(started(queues) == std::vector<std::string>{"healthy"});
    finish(queues, "healthy");
    CHECK(started(queues).size() > 1);
  }

  TEST_CASE("what is late is taken out wherever it waits") {
    host_queues queues{{.per_host = 1, .total = 100}};
    for (int i = 0; i < 3; ++i) {
      auto x = request_for("a", std::to_string(i));
      x->request.total_deadline = i == 1 ? 1ms : 10'000ms;
      queues.add(std::move(x));
    }
    auto late = queues.expire(http::steady_clock::now() + 1s);
    REQUIRE(late.size() == 1);
    CHECK(late.front()->request.url == "1");
    CHECK(queues.waiting() == 2);
    CHECK(started(queues) == std::vector<std::string>{"a0"});
    CHECK(queues.clear().size() == 1);
    finish(queues, "a");
    CHECK(started(queues).empty());
    CHECK(queues.active() == 0);
  }

  TEST_CASE("whatever happens, every request leaves once and no limit is exceeded") {
    auto seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    host_queues queues{{.per_host = 3, .total = 10}};
    size_t added = 0;
    size_t left = 0;
    std::multiset<std::pair<std::string, uint64_t>> active;
    std::map<std::string, size_t> at_host;
    for (int i = 0; i < 20'000; ++i) {
      switch (random() % 5) {
      case 0:
      case 1: {
        auto x = request_for("h" + std::to_string(random() % 12), {}, random() % 4);
        x->request.total_deadline = std::chrono::hours{random() % 1'000};
        queues.add(std::move(x));
        ++added;
        break;
      }
      case 2:
        if (auto x = queues.next()) {
          active.emplace(x->origin, x->request.sender);
          ++at_host[x->origin];
          ++left;
        }
        break;
      case 3:
        if (!active.empty()) {
          auto at = std::next(active.begin(), static_cast<long>(random() % active.size()));
          finish(queues, at->first, random() % 2 == 0, at->second);
          --at_host[at->first];
          active.erase(at);
        }
        break;
      default:
        if (random() % 50 == 0)
          left += queues.expire(http::steady_clock::now() + std::chrono::hours{500}).size();
        queues.forget(http::steady_clock::now() + std::chrono::seconds{random() % 100});
      }
      REQUIRE(queues.active() == active.size());
      REQUIRE(active.size() <= 10);
      for (const auto& [host, count] : at_host)
        REQUIRE(count <= 3);
      REQUIRE(queues.waiting() == added - left);
    }
    // Everything that waits starts in the end.
    while (queues.waiting() > 0) {
      while (auto x = queues.next()) {
        active.emplace(x->origin, x->request.sender);
        ++left;
      }
      REQUIRE_FALSE(active.empty());
      finish(queues, active.begin()->first, true, active.begin()->second);
      active.erase(active.begin());
    }
    CHECK(added == left);
    while (!active.empty()) {
      finish(queues, active.begin()->first, true, active.begin()->second);
      active.erase(active.begin());
    }
    queues.forget(http::steady_clock::now() + 4 * host_queues::remembered);
    CHECK(queues.next() == nullptr);
    CHECK(queues.hosts() == 0);
  }

  TEST_CASE("a company whose hosts hang leaves connections for the others") {
    auto connections = std::make_shared<bound>("webhook connections", "requests", 20, 4.0);
    host_queues queues{{.per_host = 2, .total = 20, .connections = connections}};
    auto add = [&](const std::string& company, const std::string& host) {
      auto x = request_for(host);
      x->request.company = company;
      x->request.sender = company == "bad" ? 1 : 2;
      queues.add(std::move(x));
    };
    for (int i = 0; i < 200; ++i)
      add("bad", "bad-" + std::to_string(i));
    std::vector<pending_request_ptr> hanging;
    while (auto x = queues.next())
      hanging.push_back(std::move(x));
    // Hosts that do not answer get few when connections are scarce; the company's share is 16.
    CHECK(hanging.size() <= 16);
    add("good", "good");
    auto good = queues.next();
    REQUIRE(good);
    CHECK(good->request.company == "good");
    queues.finished(*good, true);
    // A host that both use: the waiting company does not block the other.
    add("bad", "shared");
    add("good", "shared");
    good = queues.next();
    REQUIRE(good);
    CHECK(good->request.company == "good");
    queues.finished(*good, true);
    // As its own requests end, held ones start.
    size_t ended = 0;
    while (!hanging.empty()) {
      queues.finished(*hanging.back(), true);
      hanging.pop_back();
      ++ended;
      while (auto x = queues.next())
        hanging.push_back(std::move(x));
      REQUIRE(ended < 1'000);
    }
    CHECK(queues.waiting() == 0);
    CHECK(connections->status({}).used == 0);
  }

} // TEST_SUITE

} // namespace carillon::test
