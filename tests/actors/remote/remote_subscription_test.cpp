#include "actors/remote/remote_subscription.hpp"

#include "tests/support/events.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

struct recorder final : remote_link {
  void send(const std::vector<event_ptr>& events, position up_to) override {
    for (const auto& x : events)
      seen.push_back(x->seq);
    last = up_to;
  }

  void end(const failure&) override {
  }

  std::vector<position> seen;
  position last = 0;
};

struct fixture {
  std::shared_ptr<recorder> link = std::make_shared<recorder>();
  remote_subscription x{{"c-1", "loyalty"}, {.company_id = "c-1"}, 3, link, {}};

  static event_batch batch(position first, position last, const std::string& company = "c-1") {
    event_batch out;
    for (auto i = first; i <= last; ++i)
      out.events.push_back(test::make_event(i, company));
    return out;
  }
};

} // namespace

TEST_SUITE("actors/remote/remote_subscription") {
  TEST_CASE_FIXTURE(fixture, "live events are sent at once to who has everything before") {
    CHECK_FALSE(x.offer(batch(5, 5)));
    x.begin(4);
    CHECK(x.offer(batch(5, 6)));
    CHECK(link->seen == std::vector<position>{5, 6});
    // A gap, and an overlap.
    CHECK_FALSE(x.offer(batch(8, 8)));
    CHECK(x.offer(batch(6, 7)));
    CHECK(link->seen == std::vector<position>{5, 6, 7});
    CHECK(x.offer(batch(1, 7)));
    CHECK(link->seen.size() == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a filter chooses what is sent, live and from the log") {
    event_filter filter;
    filter.payload = *payload_filter::parse(R"({"data.n":{"$in":[2,5]}})");
    remote_subscription some{{"c-1", "loyalty"}, filter, 3, link, {}};
    some.begin(0);
    CHECK(some.next_page().filter == filter);
    CHECK(some.offer(batch(1, 3)));
    CHECK(link->seen == std::vector<position>{2});
    CHECK(some.offer(batch(4, 5)));
    CHECK(link->seen == std::vector<position>{2, 5});
    CHECK(some.sent_to() == 5);
  }

  TEST_CASE_FIXTURE(fixture, "no more than the credit is sent before it is acknowledged") {
    x.begin(0);
    CHECK(x.room() == 3);
    CHECK_FALSE(x.offer(batch(1, 4)));
    CHECK(x.offer(batch(1, 3)));
    CHECK(x.room() == 0);
    CHECK_FALSE(x.offer(batch(4, 4)));
    CHECK(x.offer(batch(4, 5, "c-2"))); // not for this subscriber
    CHECK(x.sent_to() == 5);
    CHECK(x.acknowledge(6).error().code == ec::invalid_argument);
    CHECK(x.acknowledge(2));
    CHECK(x.room() == 0); // the page is not done
    CHECK(x.acknowledge(3));
    CHECK(x.room() == 3);
    CHECK(x.idle());
    CHECK(x.cursor() == 0); // not durable yet
    x.committed(3);
    x.committed(2);
    CHECK(x.cursor() == 3);
  }

  TEST_CASE_FIXTURE(fixture, "while a page is read, a live batch waits for it") {
    x.begin(0);
    x.reading = true;
    CHECK_FALSE(x.offer(batch(1, 1)));
    CHECK(x.next_page().after == 0);
    CHECK(x.next_page().limit == 3);
  }

  TEST_CASE("large events take room, too") {
    auto link = std::make_shared<recorder>();
    remote_subscription x{{"", "big"}, {}, 1'000, link, {}};
    x.begin(0);
    auto large = test::make_event(1);
    large->data = R"({"x":")" + std::string(remote_subscription::window_bytes, 'x') + "\"}";
    x.send({large}, 1);
    CHECK(x.room() == 0);
    CHECK(x.acknowledge(1));
    CHECK(x.room() == 1'000);
  }
}
