#include "actors/webhooks/webhook_filters.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("actors/webhook_filters") {
  namespace {

  constexpr size_t full = filter_group::most_filters;

  payload_filter about(size_t n) {
    return *payload_filter::parse(R"({"data.n":)" + std::to_string(n) + "}");
  }

  struct fixture {
    webhook_filters filters;
    std::vector<std::unique_ptr<webhook_filters::member>> members;

    /// Adds so many, whose numbers go on.
    void add(size_t n) {
      for (size_t i = 0; i < n; ++i) {
        auto& x = *members.emplace_back(std::make_unique<webhook_filters::member>());
        x.set(about(members.size() - 1));
        filters.add(x);
      }
    }

    /// Each is found where it says that it is, alone at its place.
    void check() {
      filter_values found;
      std::set<std::pair<uint64_t, size_t>> places;
      for (size_t i = 0; i < members.size(); ++i) {
        const auto& x = *members[i];
        if (x.among == nullptr)
          continue;
        CAPTURE(i);
        CHECK(places.emplace(x.number(), x.place).second);
        CHECK(x.among->members.at(x.place) == &x);
        for (size_t n : {i, i + 1}) {
          const auto data = R"({"n":)" + std::to_string(n) + "}";
          x.among->filters.look_at({.data = data}, found);
          CHECK(x.among->filters.matches(x.place, found) == (n == i));
        }
      }
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a place that is left is taken again, in whatever group it is") {
    add(3 * full);
    REQUIRE(filters.groups() == 3);
    // A change of its filter, again and again, of one after the other.
    for (size_t i = 0; i < 3 * full; ++i) {
      filters.drop(*members[i]);
      members[i]->set(about(i + 1'000'000));
      members[i]->set(about(i));
      filters.add(*members[i]);
      REQUIRE(filters.groups() == 3);
    }
    check();
    for (size_t i = 0; i < 100; ++i)
      filters.drop(*members[i]);
    add(100);
    CHECK(filters.groups() == 3);
    check();
    add(1);
    CHECK(filters.groups() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "groups of which few are left become one") {
    add(8 * full);
    REQUIRE(filters.groups() == 8);
    for (size_t i = 0; i < members.size(); ++i)
      if (i % 16 != 0)
        filters.drop(*members[i]);
    // 128 are left, where each group had 16 of them.
    CHECK(filters.groups() == 1);
    check();
    for (auto& x : members)
      filters.drop(*x);
    CHECK(filters.groups() == 0);
  }

  TEST_CASE("a filter is compiled once, wherever it goes") {
    webhook_filters filters;
    webhook_filters::member x;
    x.set(about(1));
    const auto* compiled = x.program.get();
    REQUIRE(compiled != nullptr);
    filters.add(x);
    // The group has it, too, and no copy.
    CHECK(x.program.use_count() == 2);
    filters.drop(x);
    CHECK(x.program.use_count() == 1);
    x.set(about(1));
    filters.add(x);
    CHECK(x.program.get() == compiled);
    filters.drop(x);
    x.set({});
    CHECK(x.program == nullptr);
    filters.add(x);
    CHECK(filters.groups() == 0);
    CHECK(x.number() == 0);
    // Of one that is in no group.
    filters.drop(x);
  }
}
