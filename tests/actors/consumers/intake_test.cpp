#include "actors/consumers/intake.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace carillon;

TEST_SUITE("actors/intake") {
  namespace {

  struct sink : intake_sink {
    size_t space = 100;
    std::vector<position> offered;
    position passed = 0;

    size_t room() const override {
      return space;
    }

    void offer(const event_ptr& x) override {
      offered.push_back(x->seq);
      --space;
    }

    void pass(position up_to) override {
      passed = up_to;
    }
  };

  event_batch_ptr batch(position first, position last, const std::string& company = "c-1") {
    auto out = std::make_shared<event_batch>();
    for (auto seq = first; seq <= last; ++seq)
      out->events.push_back(test::make_event(seq, company));
    return out;
  }

  event_page page(position first, position last) {
    event_page out;
    out.events = batch(first, last)->events;
    out.scanned_to = last;
    out.head = last;
    return out;
  }

  using positions = std::vector<position>;

  } // namespace

  TEST_CASE("live batches that follow need no page") {
    sink out;
    intake x;
    x.start_after(4);
    x.push(batch(5, 6));
    x.push(batch(7, 7));
    CHECK(x.head() == 7);
    CHECK(x.first_pending()->seq == 5);
    CHECK(x.take_pending(out) == 2);
    CHECK(out.offered == positions{5, 6, 7});
    CHECK_FALSE(x.wants_page());
    CHECK_FALSE(x.catching_up());
    CHECK(x.first_pending() == nullptr);
  }

  TEST_CASE("what a payload filter excludes is passed and counted, live and in pages") {
    sink out;
    event_filter filter;
    filter.payload = *payload_filter::parse(R"({"companyId":"c-1","id":{"$ne":"none"}})");
    intake x{filter};
    x.push(batch(1, 2));
    x.push(batch(3, 4, "c-2"));
    CHECK(x.take_pending(out) == 2);
    CHECK(out.offered == positions{1, 2});
    CHECK(out.passed == 4);
    CHECK(x.take_excluded() == 2);
    CHECK(x.take_excluded() == 0);
    x.see_head(6);
    CHECK(x.begin_page(10).filter.payload.is_everything());
    auto read = page(5, 6);
    read.events = {test::make_event(5, "c-2"), test::make_event(6, "c-1")};
    x.take_page(read, out);
    CHECK(out.offered == positions{1, 2, 6});
    CHECK(out.passed == 6);
    CHECK(x.take_excluded() == 1);
  }

  TEST_CASE("a feed that filters is believed: only what is read from the log is looked into") {
    sink out;
    event_filter filter;
    filter.payload = *payload_filter::parse(R"({"companyId":"c-1"})");
    intake x{filter, true};
    // No feed sends this. Would its payload be looked into, it would not be offered.
    x.push(batch(1, 2, "c-2"));
    CHECK(x.take_pending(out) == 1);
    CHECK(out.offered == positions{1, 2});
    x.see_head(4);
    CHECK(x.begin_page(10).filter.payload.is_everything());
    auto read = page(3, 4);
    read.events = {test::make_event(3, "c-2"), test::make_event(4, "c-1")};
    x.take_page(read, out);
    CHECK(out.offered == positions{1, 2, 4});
    CHECK(out.passed == 4);
    // The matcher has counted it.
    CHECK(x.take_excluded() == 0);
  }

  TEST_CASE("types and company are looked at, whoever feeds it") {
    sink out;
    event_filter filter;
    filter.company_id = "c-1";
    intake x{filter, true};
    x.push(batch(1, 1, "c-2"));
    CHECK(x.take_pending(out) == 1);
    CHECK(out.offered.empty());
  }

  TEST_CASE("a gap before a batch is read from the log, and nothing is accepted twice") {
    sink out;
    intake x;
    x.push(batch(4, 6));
    CHECK(x.take_pending(out) == 0);
    REQUIRE(x.wants_page());
    auto request = x.begin_page(10);
    CHECK(request.after == 0);
    CHECK(request.limit == 10);
    CHECK_FALSE(x.wants_page());
    CHECK(x.catching_up());
    x.push(batch(7, 8));
    CHECK(x.take_pending(out) == 0);
    CHECK(x.take_page(page(1, 7), out) == 1);
    CHECK(x.take_pending(out) == 1);
    CHECK(out.offered == positions{1, 2, 3, 4, 5, 6, 7, 8});
  }

  TEST_CASE("without room the rest of a batch waits, and is not read again") {
    sink out;
    intake x;
    out.space = 2;
    x.push(batch(1, 3));
    CHECK(x.take_pending(out) == 0);
    CHECK(out.offered == positions{1, 2});
    out.space = 1;
    CHECK(x.take_pending(out) == 1);
    CHECK(out.offered == positions{1, 2, 3});
  }

  TEST_CASE("events that do not match are passed") {
    sink out;
    event_filter filter;
    filter.company_id = "c-2";
    intake x{filter};
    x.push(batch(1, 2));
    x.push(batch(3, 3, "c-2"));
    CHECK(x.take_pending(out) == 2);
    CHECK(out.offered == positions{3});
    CHECK(out.passed == 2);
    x.see_head(9);
    CHECK(x.begin_page(1).filter.company_id == "c-2");
  }

  TEST_CASE("a page that failed is asked for again") {
    intake x;
    x.see_head(3);
    x.begin_page(10);
    x.drop_page();
    CHECK(x.wants_page());
    CHECK(x.begin_page(10).after == 0);
  }
}
