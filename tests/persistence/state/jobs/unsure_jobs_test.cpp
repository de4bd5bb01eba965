#include "persistence/state/jobs/unsure_jobs.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::sql;

TEST_SUITE("persistence/unsure_jobs") {
  namespace {

  bool is_new(unsure_jobs& all, uint64_t id) {
    return !all.answer({id, true, false}).duplicate;
  }

  } // namespace

  TEST_CASE("who is told of a job first is told that it is new, once") {
    unsure_jobs all;
    all.begin();
    CHECK(!is_new(all, 1));
    all.doubt({{1, false, false}, {2, false, false}, {3, true, false}});
    all.begin();
    CHECK(is_new(all, 1));
    CHECK(!is_new(all, 1));
    CHECK(!is_new(all, 3));
    all.committed();
    all.begin();
    CHECK(!is_new(all, 1));
    CHECK(is_new(all, 2));
  }

  TEST_CASE("a transaction that failed has told nobody") {
    unsure_jobs all;
    all.doubt({{1, false, false}});
    all.begin();
    CHECK(is_new(all, 1));
    all.begin();
    CHECK(is_new(all, 1));
    all.doubt({{2, false, false}});
    all.begin();
    CHECK(is_new(all, 1));
    CHECK(is_new(all, 2));
  }

  TEST_CASE("a job of another kind or payload is not the one in doubt") {
    unsure_jobs all;
    all.doubt({{1, false, false}});
    all.begin();
    CHECK(all.answer({1, true, true}).duplicate);
    CHECK(is_new(all, 1));
    CHECK(!all.answer({7, false, false}).duplicate);
  }

  TEST_CASE("the oldest are forgotten") {
    unsure_jobs all;
    std::vector<enqueued_job> many;
    for (uint64_t id = 1; id <= unsure_jobs::most + 1; ++id)
      many.push_back({id, false, false});
    all.doubt(many);
    all.begin();
    CHECK(!is_new(all, 1));
    CHECK(is_new(all, 2));
    CHECK(is_new(all, unsure_jobs::most + 1));
  }
}
