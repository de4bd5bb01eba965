#include "net/http/host_queues.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>

namespace carillon::test {

namespace {

using namespace std::chrono_literals;
using http::host_queues;
using http::job_ptr;

job_ptr job_for(std::string origin, std::string url = {}) {
  auto out = std::make_unique<http::job>();
  out->origin = std::move(origin);
  out->request.url = std::move(url);
  out->begun = http::steady_clock::now();
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

TEST_SUITE("net/host_queues") {

  TEST_CASE("hosts take turns, each in order") {
    host_queues queues{{.per_host = 8, .total = 100}};
    for (const auto* url : {"1", "2", "3"})
      queues.add(job_for("a", url));
    queues.add(job_for("b", "1"));
    CHECK(started(queues) == std::vector<std::string>{"a1", "b1", "a2", "a3"});
    CHECK(queues.active() == 4);
    CHECK(queues.waiting() == 0);
  }

  TEST_CASE("a host has no more than its share, and starts the next when one has ended") {
    host_queues queues{{.per_host = 2, .total = 100}};
    for (const auto* url : {"1", "2", "3", "4"})
      queues.add(job_for("a", url));
    CHECK(started(queues).size() == 2);
    queues.finished("a", true);
    CHECK(started(queues) == std::vector<std::string>{"a3"});
    CHECK(queues.waiting() == 1);
  }

  TEST_CASE("the total is kept, and the next in turn follows") {
    host_queues queues{{.per_host = 2, .total = 2}};
    for (const auto* host : {"a", "b", "c"})
      queues.add(job_for(host));
    CHECK(started(queues).size() == 2);
    queues.finished("b", true);
    CHECK(started(queues) == std::vector<std::string>{"c"});
  }

  TEST_CASE("hosts that do not answer leave connections to those which do") {
    host_queues queues{{.per_host = 8, .total = 64}};
    for (int host = 0; host < 40; ++host)
      for (int i = 0; i < 8; ++i)
        queues.add(job_for("hanging" + std::to_string(host)));
    started(queues);
    CHECK(queues.active() < 64);
    for (int i = 0; i < 8; ++i)
      queues.add(job_for("healthy"));
    CHECK(started(queues) == std::vector<std::string>{"healthy"});
    queues.finished("healthy", true);
    CHECK(started(queues).size() > 1);
  }

  TEST_CASE("what is late is taken out wherever it waits") {
    host_queues queues{{.per_host = 1, .total = 100}};
    for (int i = 0; i < 3; ++i) {
      auto x = job_for("a", std::to_string(i));
      x->request.total_deadline = i == 1 ? 1ms : 10'000ms;
      queues.add(std::move(x));
    }
    auto late = queues.expire(http::steady_clock::now() + 1s);
    REQUIRE(late.size() == 1);
    CHECK(late.front()->request.url == "1");
    CHECK(queues.waiting() == 2);
    CHECK(started(queues) == std::vector<std::string>{"a0"});
    CHECK(queues.clear().size() == 1);
    queues.finished("a", true);
    CHECK(started(queues).empty());
    CHECK(queues.active() == 0);
  }

  TEST_CASE("whatever happens, every job leaves once and no limit is exceeded") {
    auto seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    host_queues queues{{.per_host = 3, .total = 10}};
    size_t added = 0;
    size_t left = 0;
    std::multiset<std::string> active;
    for (int i = 0; i < 20'000; ++i) {
      switch (random() % 5) {
      case 0:
      case 1: {
        auto x = job_for("h" + std::to_string(random() % 12));
        x->request.total_deadline = std::chrono::hours{random() % 1'000};
        queues.add(std::move(x));
        ++added;
        break;
      }
      case 2:
        if (auto x = queues.next()) {
          active.insert(x->origin);
          ++left;
        }
        break;
      case 3:
        if (!active.empty()) {
          auto at = std::next(active.begin(), static_cast<long>(random() % active.size()));
          queues.finished(*at, random() % 2 == 0);
          active.erase(at);
        }
        break;
      default:
        if (random() % 50 == 0)
          left += queues.expire(http::steady_clock::now() + std::chrono::hours{500}).size();
      }
      REQUIRE(queues.active() == active.size());
      REQUIRE(active.size() <= 10);
      for (const auto& x : active)
        REQUIRE(active.count(x) <= 3);
      REQUIRE(queues.waiting() == added - left);
    }
    // Everything that waits starts in the end.
    while (queues.waiting() > 0) {
      while (auto x = queues.next()) {
        active.insert(x->origin);
        ++left;
      }
      REQUIRE_FALSE(active.empty());
      queues.finished(*active.begin(), true);
      active.erase(active.begin());
    }
    CHECK(added == left);
  }

} // TEST_SUITE

} // namespace carillon::test
