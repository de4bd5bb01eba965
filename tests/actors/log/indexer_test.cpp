#include "actors/log/indexer.hpp"

#include "tests/support/deterministic.hpp"

#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/indexer") {
  namespace {

  /// Indexes all there is, but at most `most` events in a step, and notes the time of each step.
  class counting_index : public store_indexer {
  public:
    position head = 0;
    position indexed = 0;
    position most = 50'000;
    bool fails = false;
    std::vector<timestamp> steps;
    std::function<timestamp()> clock;

    expected<index_progress> step() override {
      steps.push_back(clock());
      if (fails)
        return failure{ec::store_unavailable, "away", {}};
      indexed += std::min(most, head - indexed);
      return index_progress{.indexed = indexed, .head = head};
    }
  };

  struct fixture : test::deterministic {
    std::shared_ptr<counting_index> index = std::make_shared<counting_index>();
    indexer_actor aut;

    fixture() {
      index->clock = [this] { return now(); };
      aut = sys.spawn(indexer, index, router_actor{}, indexer_options{});
      pass(1ms);
    }

    ~fixture() {
      stop(aut);
    }

    /// So many events come per millisecond for a while. Steps in it.
    size_t run(position per_ms, std::chrono::milliseconds span) {
      const auto before = index->steps.size();
      for (auto t = 0ms; t < span; t += 1ms) {
        index->head += per_ms;
        pass(1ms);
      }
      return index->steps.size() - before;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "few events are indexed soon") {
    CHECK(run(1, 1s) >= 19);
    CHECK(index->head - index->indexed <= 51);
  }

  TEST_CASE_FIXTURE(fixture, "the more events come, the larger a step is, up to a full batch") {
    run(25, 1s);
    const auto steps = run(25, 4s);
    CHECK(steps >= 9);
    CHECK(steps <= 11);
    CHECK(index->head - index->indexed <= 25 * 410);
    // A full batch in less time.
    run(60, 500ms);
    CHECK(run(60, 2s) >= 9);
    CHECK(run(60, 2s) <= 11);
    run(300, 500ms);
    CHECK(run(300, 1s) >= 19);
    // The rate falls: the next step after the long pause finds few, and then they are soon there.
    run(0, 500ms);
    CHECK(run(1, 1s) >= 19);
  }

  TEST_CASE_FIXTURE(fixture, "an index that is far behind has no pause") {
    index->head = 1'000'000;
    pass(50ms);
    pass_in_steps(50ms, 1ms);
    CHECK(index->indexed == index->head);
  }

  TEST_CASE_FIXTURE(fixture, "after a failed step it waits for longer, and goes on") {
    index->fails = true;
    CHECK(run(1, 2s) <= 5);
    index->fails = false;
    run(0, 600ms);
    CHECK(index->indexed == index->head);
  }
}
