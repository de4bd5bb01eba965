#include "actors/state/commit_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

using namespace carillon;

TEST_SUITE("actors/state/commit_queue") {
  namespace {

  consumer_commit_ptr commit_of(std::string consumer, std::string share, size_t rows) {
    auto out = std::make_shared<consumer_commit>();
    out->consumer = std::move(consumer);
    out->share = std::move(share);
    out->dead_letters.resize(rows - 1);
    return out;
  }

  bool holds(const std::vector<commit_queue::item>& group, std::string_view consumer) {
    return std::any_of(group.begin(), group.end(),
                       [&](const auto& x) { return x.commit->consumer == consumer; });
  }

  } // namespace

  TEST_CASE("commits that wait together share a transaction") {
    commit_queue waiting{512};
    CHECK(waiting.empty());
    for (int i = 0; i < 100; ++i)
      waiting.push({commit_of("webhook/" + std::to_string(i), "c-1", 5), {}});
    CHECK(waiting.pop_group().size() == 100);
    CHECK(waiting.empty());
  }

  TEST_CASE("a transaction has a limit of rows, and a commit above it has one of its own") {
    commit_queue waiting{100};
    waiting.push({commit_of("audit", "", 2'000), {}});
    waiting.push({commit_of("metrics", "", 10), {}});
    waiting.push({commit_of("jobs", "", 10), {}});
    size_t groups = 0, found = 0;
    while (!waiting.empty()) {
      auto group = waiting.pop_group();
      REQUIRE(!group.empty());
      uint64_t rows = 0;
      for (const auto& x : group)
        rows += rows_of(*x.commit);
      CHECK((rows <= 100 || group.size() == 1));
      found += group.size();
      ++groups;
    }
    CHECK(found == 3);
    CHECK(groups == 2);
  }

  TEST_CASE("the endpoints of one company delay no commit of another by more than a transaction") {
    commit_queue waiting{512};
    for (int i = 0; i < 2'000; ++i)
      waiting.push({commit_of("webhook/" + std::to_string(i), "bad", 12), {}});
    auto first = waiting.pop_group();
    CHECK(first.size() == 512 / 12);
    waiting.push({commit_of("webhook/9000", "good", 12), {}});
    waiting.push({commit_of("audit", "", 200), {}});
    auto second = waiting.pop_group();
    CHECK(holds(second, "webhook/9000"));
    auto third = waiting.pop_group();
    CHECK((holds(second, "audit") || holds(third, "audit")));
  }

  TEST_CASE("a company with the name of a handler does not share its turns") {
    commit_queue waiting{512};
    for (int i = 0; i < 2'000; ++i)
      waiting.push({commit_of("webhook/" + std::to_string(i), "audit", 12), {}});
    waiting.push({commit_of("audit", "", 12), {}});
    CHECK(holds(waiting.pop_group(), "audit"));
  }
}
