#include "actors/state/add_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace carillon;

TEST_SUITE("actors/state/add_queue") {
  namespace {

  add_queue::item call_of(const std::string& company, size_t jobs = 1, size_t bytes = 2) {
    add_queue::item out;
    for (size_t i = 0; i < jobs; ++i)
      out.call.drafts.push_back({.kind = "thumbs",
                                 .key = company + std::to_string(i),
                                 .payload = std::string(bytes, ' '),
                                 .company_id = company});
    return out;
  }

  bool has_of(const std::vector<add_queue::item>& group, const std::string& company) {
    return std::any_of(group.begin(), group.end(),
                       [&](const auto& x) { return x.call.drafts.front().company_id == company; });
  }

  } // namespace

  TEST_CASE("calls that wait together share a transaction") {
    add_queue waiting;
    CHECK(waiting.empty());
    for (int i = 0; i < 64; ++i)
      waiting.push(call_of(i % 2 == 0 ? "a" : "b"));
    CHECK(waiting.pop_group().size() == 64);
    CHECK(waiting.empty());
  }

  TEST_CASE("a transaction has a limit of jobs, and a call above it has one of its own") {
    add_queue waiting{{.jobs = 100}};
    waiting.push(call_of("a", 60));
    waiting.push(call_of("a", 60));
    waiting.push(call_of("a", 1'000));
    waiting.push(call_of("a", 1));
    CHECK(waiting.pop_group().size() == 1);
    CHECK(waiting.pop_group().size() == 1);
    CHECK(waiting.pop_group().front().call.drafts.size() == 1'000);
    CHECK(waiting.pop_group().size() == 1);
    CHECK(waiting.empty());
  }

  TEST_CASE("a transaction has a limit of bytes") {
    add_queue waiting{{.bytes = 1'000}};
    for (int i = 0; i < 4; ++i)
      waiting.push(call_of("a", 1, 400));
    CHECK(waiting.pop_group().size() == 2);
    CHECK(waiting.pop_group().size() == 2);
    CHECK(waiting.empty());
  }

  TEST_CASE("a company that adds thousands delays another by a transaction at most") {
    add_queue waiting;
    for (int i = 0; i < 5'000; ++i)
      waiting.push(call_of("eager"));
    CHECK(waiting.pop_group().size() == 1'024);
    waiting.push(call_of("quiet"));
    CHECK(has_of(waiting.pop_group(), "quiet"));
  }

  TEST_CASE("the calls of a company keep their order") {
    add_queue waiting{{.jobs = 3}};
    for (size_t i = 1; i <= 6; ++i)
      waiting.push(call_of("a", 1, i));
    size_t last = 0;
    while (!waiting.empty())
      for (const auto& x : waiting.pop_group()) {
        CHECK(x.call.drafts.front().payload.size() == last + 1);
        last = x.call.drafts.front().payload.size();
      }
    CHECK(last == 6);
  }

  TEST_CASE("a call without a job has a place, too") {
    add_queue waiting;
    waiting.push({});
    CHECK(waiting.pop_group().size() == 1);
  }
}
