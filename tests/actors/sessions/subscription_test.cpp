#include "actors/sessions/subscription.hpp"

#include "tests/support/events.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("actors/subscription") {
  namespace {

  using runs = std::vector<std::pair<size_t, size_t>>;

  std::vector<live_event_ptr> events_of(const std::vector<std::string>& types) {
    std::vector<live_event_ptr> out;
    for (const auto& x : types)
      out.push_back(std::make_shared<const live_event>(make_event(out.size() + 1, "c-1", x)));
    return out;
  }

  runs runs_of(subscription x, const std::vector<live_event_ptr>& events, size_t from = 0) {
    runs out;
    for (auto run = x.next_run(events, from); !run.empty(); run = x.next_run(events, run.last))
      out.emplace_back(run.first, run.last);
    return out;
  }

  } // namespace

  TEST_CASE("without types it wants all in one run") {
    subscription all;
    auto events = events_of({"a.b", "c.e", "a.d"});
    CHECK(runs_of(all, events) == runs{{0, 3}});
    CHECK(runs_of(all, events, 2) == runs{{2, 3}});
    CHECK(runs_of(all, events, 3).empty());
    CHECK(runs_of(all, {}).empty());
  }

  TEST_CASE("types cut the events into the longest runs") {
    subscription some{*parse_patterns("a.*,c.e")};
    CHECK(some.types().size() == 2);
    auto events = events_of({"x", "a.b", "c.e", "x", "x", "a.d", "y"});
    CHECK(runs_of(some, events) == runs{{1, 3}, {5, 6}});
    CHECK(runs_of(some, events, 2) == runs{{2, 3}, {5, 6}});
    CHECK(runs_of(some, events, 6).empty());
    CHECK(runs_of(some, events_of({"x", "y"})).empty());
    CHECK(runs_of(some, events_of({"a.b", "c.e"})) == runs{{0, 2}});
  }

  TEST_CASE("a filter splits the runs, and counts each event once") {
    std::vector<live_event_ptr> events;
    for (const auto* type : {"a.b", "a.b", "c.d", "a.b", "a.b"}) {
      auto x = std::make_shared<event>(*make_event(events.size() + 1, "c-1", type));
      x->data = R"({"n":)" + std::to_string(events.size()) + "}";
      events.push_back(std::make_shared<const live_event>(std::move(x)));
    }
    subscription x{*parse_patterns("a.*"), *payload_filter::parse(R"({"data.n":{"$nin":[1,3]}})")};
    runs found;
    for (auto run = x.next_run(events, 0); !run.empty(); run = x.next_run(events, run.last))
      found.emplace_back(run.first, run.last);
    CHECK(found == runs{{0, 1}, {4, 5}});
    CHECK(x.take_excluded() == 2);
    CHECK(x.take_excluded() == 0);
    CHECK(x.filter().text() == R"({"data.n":{"$nin":[1,3]}})");
  }
}
