#include "actors/jobs/job_end_book.hpp"
#include "actors/jobs/job_lease_book.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/job_lease_book") {
  namespace {

  constexpr timestamp now = from_micros(1'800'000'000'000'000);

  job job_of(uint64_t id, uint64_t fence = 1) {
    job out;
    out.id = id;
    out.fence = fence;
    return out;
  }

  finished_job end_of_job(uint64_t id, std::optional<timestamp> again) {
    finished_job out;
    out.id = id;
    out.again = again;
    return out;
  }

  struct fixture {
    job_lease_book book{{.workers = 4, .ahead = 50ms, .batch = 100}, 10s};

    /// An answer with so many jobs.
    void answer(size_t most, size_t got, std::optional<timestamp> next_due = {}) {
      auto x = book.ask(most);
      x.got = got;
      book.answered(x, now, next_due);
    }
  };

  } // namespace

  // -- when -----------------------------------------------------------------------

  TEST_CASE_FIXTURE(fixture, "it asks until the store has no more, and then when a job is due") {
    CHECK(book.wanted(4, 0) == 4);
    answer(4, 4, now + 5s);
    CHECK(book.wanted(4, 0) == 4);
    CHECK(!book.next_due());
    answer(4, 3, now + 5s);
    CHECK(book.wanted(4, 0) == 0);
    CHECK(book.next_due() == now + 5s);
    book.wake_due(now + 4s);
    CHECK(book.wanted(4, 0) == 0);
    book.wake_due(now + 5s);
    CHECK(book.wanted(4, 0) == 4);
  }

  TEST_CASE_FIXTURE(fixture, "an announcement during a request is not lost") {
    auto x = book.ask(4);
    book.wake();
    book.answered(x, now, {});
    CHECK(book.wanted(4, 0) == 4);
  }

  TEST_CASE_FIXTURE(fixture, "what the store calls due and does not lease is asked for later") {
    answer(4, 0, now - 1s);
    CHECK(book.wanted(4, 0) == 0);
    CHECK(book.next_due() == now + 1s);
  }

  TEST_CASE_FIXTURE(fixture, "the earliest time that is expected counts") {
    answer(4, 0);
    CHECK(!book.next_due());
    book.expect(now + 3s);
    book.expect(now + 9s);
    CHECK(book.next_due() == now + 3s);
    book.expect(now + 1s);
    CHECK(book.next_due() == now + 1s);
  }

  // -- how many -------------------------------------------------------------------

  TEST_CASE_FIXTURE(fixture, "slow jobs are leased for free workers only") {
    CHECK(book.wanted(4, 0) == 4);
    CHECK(book.wanted(1, 3) == 1);
    CHECK(book.wanted(0, 4) == 0);
    CHECK(book.wanted(0, 0) == 0);
    book.add(job_of(1));
    CHECK(book.wanted(2, 2) == 1);
  }

  TEST_CASE_FIXTURE(fixture, "quick jobs are leased ahead, by the half, and not beyond the batch") {
    for (int i = 0; i < 200; ++i)
      book.note_duration(10ms);
    // 4 workers, 5 jobs each; the usual duration comes near 10 ms from above.
    CHECK(book.wanted(4, 0) >= 4 + 4 * 4);
    CHECK(book.wanted(4, 0) <= 4 + 4 * 5);
    CHECK(book.wanted(0, 4) >= 4 * 4);
    for (int i = 0; i < 400; ++i)
      book.note_duration(0ms);
    CHECK(book.wanted(4, 0) == 104);
    for (uint64_t i = 1; i <= 49; ++i)
      book.add(job_of(i));
    CHECK(book.wanted(4, 0) == 104 - 49);
    book.add(job_of(50));
    CHECK(book.wanted(4, 0) == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a probe is one job, if one may be due") {
    CHECK(book.wanted_for_probe() == 1);
    book.add(job_of(1));
    CHECK(book.wanted_for_probe() == 0);
    book.take_ready();
    answer(1, 0);
    CHECK(book.wanted_for_probe() == 0);
  }

  // -- leases ---------------------------------------------------------------------

  TEST_CASE_FIXTURE(fixture, "a new lease replaces the one of the same job") {
    book.add(job_of(1, 7));
    book.add(job_of(2, 7));
    CHECK(book.renew(job_of(2, 8)));
    CHECK(!book.renew(job_of(3, 8)));
    auto ready = book.take_ready();
    REQUIRE(ready.size() == 2);
    CHECK(ready[0].fence == 7);
    CHECK(ready[1].fence == 8);
    CHECK(book.ready().empty());
  }

  // -- ends -----------------------------------------------------------------------

  TEST_CASE_FIXTURE(fixture, "ends are kept until they are recorded, and then tell what is due") {
    answer(4, 0);
    job_end_book ends;
    CHECK(ends.empty());
    ends.add(end_of_job(1, now + 2s), book);
    ends.add(end_of_job(2, {}), book);
    CHECK(ends.waiting() == 2);
    CHECK(ends.take().items.size() == 2);
    // It was not recorded: the same comes again, without what came since.
    ends.add(end_of_job(3, now + 1s), book);
    auto again = ends.take();
    REQUIRE(again.items.size() == 2);
    CHECK(again.items[0].id == 1);
    CHECK(ends.waiting() == 1);
    CHECK(!book.next_due());
    ends.recorded();
    CHECK(book.next_due() == now + 2s);
    CHECK(!ends.empty());
    CHECK(ends.take().items.size() == 1);
    ends.recorded();
    CHECK(book.next_due() == now + 1s);
    CHECK(ends.empty());
  }
}
