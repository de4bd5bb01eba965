#include "messages/events/bookmark.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("messages/bookmark") {
  TEST_CASE("a bookmark is what its text says") {
    for (const auto& x : {bookmark{0}, bookmark{7}, bookmark{7, "0123456789ab"},
                          bookmark{18'446'744'073'709'551'615U, "ffffffffffff"}}) {
      CAPTURE(to_string(x));
      auto again = bookmark_from(to_string(x));
      REQUIRE(again.has_value());
      CHECK(*again == x);
    }
    CHECK(to_string({7, "0123456789ab"}) == "0123456789ab.7");
    CHECK(to_string({7}) == "7");
  }

  TEST_CASE("other texts are refused") {
    for (const auto* text :
         {"", ".", "x", "-1", "+1", " 1", "1 ", "1.", ".1", "7.0123456789ab", "0123456789ab.",
          "0123456789ab.x", "0123456789ab.0", "0123456789a.7", "0123456789abc.7", "0123456789aB.7",
          "0123456789ag.7", "0123456789ab.7.7", "18446744073709551616"}) {
      CAPTURE(text);
      auto x = bookmark_from(text);
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::invalid_argument);
    }
  }

  TEST_CASE("the mark tells events apart that had the same position") {
    const std::vector<std::function<void(event&)>> changes{
      [](event&) {},
      [](event& x) { x.recorded_at += std::chrono::microseconds{1}; },
      [](event& x) { x.id = "e-8"; },
      [](event& x) { x.type = "order.paid"; },
      [](event& x) { x.source = "/other"; },
      [](event& x) { x.company_id = "c-2"; },
      [](event& x) { ++x.seq; },
    };
    std::set<std::string> marks;
    for (const auto& change : changes) {
      auto x = make_event(7);
      change(*x);
      auto made = bookmark_of(*x);
      CHECK(made.seq == x->seq);
      CHECK(bookmark_from(to_string(made)).has_value());
      marks.insert(made.mark);
    }
    CHECK(marks.size() == changes.size());
    // What may change of a stored event does not change it.
    auto x = make_event(7);
    const auto before = bookmark_of(*x);
    x->data = "{}";
    x->metadata = R"({"erased":true})";
    CHECK(bookmark_of(*x) == before);
  }
}
