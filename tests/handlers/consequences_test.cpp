#include "handlers/notification/notices.hpp"
#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/codec/type_registry.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace carillon;

// A search over all that the engine itself publishes because of an event: no chain may return to
// its beginning, with any failures. The rules are those of the product: `may_be_reported`,
// `may_be_announced`, `next_hops` and the table of notices.

TEST_SUITE("handlers/consequences") {
  namespace {

  /// Events that the engine may publish because of `x`, if every delivery fails and everybody is
  /// notified.
  std::vector<event> consequences_of(const event& x) {
    std::vector<event> out;
    auto add = [&](const char* type, uint8_t hops) {
      event y;
      y.type = type;
      y.hops = hops;
      out.push_back(y);
    };
    if (may_be_reported(x)) {
      add("webhook.delivery_exhausted", next_hops(x));
      add("handler.dead_lettered", next_hops(x));
    }
    if (find_notice(x.type) != nullptr && may_be_announced(x))
      add("notification.sent", is_engine_type(x.type) ? 2 : 1);
    return out;
  }

  size_t longest_chain(const event& x, size_t deepest) {
    if (deepest == 0)
      return 0;
    size_t out = 0;
    for (const auto& y : consequences_of(x))
      out = std::max(out, 1 + longest_chain(y, deepest - 1));
    return out;
  }

  } // namespace

  TEST_CASE("no event of any type has consequences without end") {
    type_registry types;
    size_t seen = 0;
    for (const auto& type : types.list()) {
      CAPTURE(type->name);
      ++seen;
      event x;
      x.type = type->name;
      // An event, a report of its failure, the announcement of a notification of that.
      CHECK(longest_chain(x, 20) <= 2);
    }
    CHECK(seen >= 30);
    // Also an application's own type, and a type that a publisher sends at the end of a chain.
    event own;
    own.type = "loyalty.points_added";
    CHECK(longest_chain(own, 20) == 2);
    own.hops = 255;
    CHECK(longest_chain(own, 20) == 0);
    CHECK(next_hops(own) == 255);
  }

  TEST_CASE("hops say how far an event is from a publisher's") {
    event order;
    order.type = "order.shipped";
    CHECK(next_hops(order) == 1);
    event report;
    report.type = "webhook.delivery_exhausted";
    report.hops = 1;
    CHECK_FALSE(may_be_reported(report));
    CHECK(may_be_announced(report));
    CHECK(next_hops(report) == 2);
    // An event that was stored before hops were counted.
    report.hops = 0;
    CHECK_FALSE(may_be_reported(report));
    CHECK(next_hops(report) == 2);
    event told;
    told.type = "notification.sent";
    told.hops = 2;
    CHECK_FALSE(may_be_reported(told));
    CHECK_FALSE(may_be_announced(told));
  }
}
