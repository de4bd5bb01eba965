#include "actors/consumers/replays/replay_intake.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("actors/replay_intake") {
  namespace {

  replay_request request(std::vector<position> seqs) {
    std::vector<event_ptr> events;
    for (auto seq : seqs)
      events.push_back(test::make_event(seq));
    return {7, std::make_shared<const std::vector<event_ptr>>(std::move(events))};
  }

  struct fixture {
    delivery_window window{{}, 10, {}};
    replay_intake intake;
    int answers = 0;

    size_t accept(std::vector<position> seqs, const event_filter& filter = {}) {
      return intake.accept(request(std::move(seqs)), filter, window, [this] { ++answers; }).size();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a request ends with the first attempt of its last event") {
    CHECK(accept({1, 2}) == 2);
    CHECK(window.running() == 2);
    CHECK_FALSE(intake.complete({2, 7}, false));
    CHECK_FALSE(intake.complete({1, 0}, false));
    auto ended = intake.complete({1, 7}, false);
    REQUIRE(ended);
    CHECK_FALSE(ended->failed);
    CHECK(answers == 0);
    ended->done();
    CHECK(answers == 1);
    CHECK_FALSE(intake.complete({1, 7}, false));
  }

  TEST_CASE_FIXTURE(fixture, "one failure is a failure of the request") {
    CHECK(accept({1, 2}) == 2);
    CHECK_FALSE(intake.complete({1, 7}, true));
    auto ended = intake.complete({2, 7}, false);
    REQUIRE(ended);
    CHECK(ended->failed);
  }

  TEST_CASE_FIXTURE(fixture, "events that are here or have a row are left out") {
    retry_row row;
    row.seq = 3;
    row.replay_id = 7;
    window.add_row(row);
    CHECK(accept({1}) == 1);
    CHECK(accept({1, 2, 3}) == 1);
    CHECK(answers == 0);
    CHECK(accept({1, 2, 3}) == 0);
    CHECK(answers == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a request without a matching event is answered at once") {
    event_filter filter;
    filter.company_id = "c-2";
    CHECK(accept({1, 2}, filter) == 0);
    CHECK(answers == 1);
    CHECK(window.running() == 0);
  }
}
