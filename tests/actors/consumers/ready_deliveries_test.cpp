#include "actors/consumers/ready_deliveries.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace carillon;

TEST_SUITE("actors/ready_deliveries") {
  namespace {

  using seqs = std::vector<position>;

  delivery of(position seq, uint64_t replay_id = 0) {
    return {test::make_event(seq), "sut", 1, replay_id, 0};
  }

  seqs order_of(ready_deliveries& x) {
    seqs out;
    for (const auto& y : x.queue())
      out.push_back(y.event->seq);
    return out;
  }

  struct fixture {
    ready_deliveries sut;

    explicit fixture(const seqs& xs = {4, 2, 7, 9}) {
      for (auto x : xs)
        sut.push(of(x));
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a delivery by position passes later events, not earlier ones") {
    sut.push_by_position(of(3));
    CHECK(order_of(sut) == seqs{4, 2, 3, 7, 9});
    sut.push_by_position(of(8));
    sut.push_by_position(of(10));
    CHECK(order_of(sut) == seqs{4, 2, 3, 7, 8, 9, 10});
    sut.push_by_position(of(1));
    CHECK(order_of(sut).front() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what comes back goes before later events, in its order") {
    const std::vector back{of(3), of(5)};
    sut.put_back(back);
    CHECK(order_of(sut) == seqs{3, 4, 2, 5, 7, 9});
  }

  TEST_CASE("what comes back goes before replays, and a replay before all") {
    ready_deliveries sut;
    sut.push(of(1));
    sut.push(of(2, 11));
    const std::vector live{of(5)};
    sut.put_back(live);
    CHECK(order_of(sut) == seqs{1, 5, 2});
    const std::vector replayed{of(3, 11), of(4, 11)};
    sut.put_back(replayed);
    CHECK(order_of(sut) == seqs{3, 4, 1, 5, 2});
  }

  TEST_CASE_FIXTURE(fixture, "an event is put first, its replay is not") {
    sut.push(of(6, 11));
    sut.put_first(6);
    CHECK(order_of(sut) == seqs{4, 2, 7, 9, 6});
    sut.put_first(7);
    CHECK(order_of(sut) == seqs{7, 4, 2, 9, 6});
  }
}
