#include "actors/workers/held_jobs.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/held_jobs") {
  namespace {

  using verdict = job_outcome::verdict;

  struct fixture {
    held_jobs jobs;
    timestamp now{1h};

    void add(uint64_t number, uint64_t id) {
      jobs.add(number, {}, {id, 100 + id});
    }

    void note(uint64_t number, const std::string& text) {
      jobs.note({number, {.note = text, .percent = {}, .at = {}}}, now);
    }

    /// `<job>:<text>` of each.
    static std::vector<std::string> texts(const note_progress& x) {
      std::vector<std::string> out;
      for (const auto& y : x.items)
        out.push_back(std::to_string(y.of.id) + ':' + y.what.note);
      return out;
    }
  };

  using said = std::vector<std::string>;

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a job ends once") {
    add(1, 11);
    CHECK(!jobs.end(2));
    CHECK(jobs.end(1));
    CHECK(!jobs.end(1));
    add(3, 13);
    add(4, 14);
    CHECK(jobs.end_all().size() == 2);
    CHECK(jobs.end_all().empty());
    CHECK(!jobs.end(3));
  }

  TEST_CASE_FIXTURE(fixture, "the last note of each job is kept, with its lease and time") {
    add(1, 11);
    add(2, 12);
    note(1, "a");
    note(2, "b");
    now += 1s;
    note(1, "c");
    auto all = jobs.take_notes();
    CHECK(fixture::texts(all) == said{"11:c", "12:b"});
    CHECK(all.items[0].of.fence == 111);
    CHECK(all.items[0].what.at == now);
    CHECK(all.items[1].what.at == now - 1s);
    CHECK(jobs.take_notes().items.empty());
  }

  TEST_CASE_FIXTURE(fixture, "what was said goes with a job that is under another lease now") {
    add(1, 11);
    add(2, 12);
    note(1, "a");
    jobs.take_notes();
    jobs.renew({11, 500});
    jobs.renew({12, 501});
    jobs.renew({99, 502});
    auto again = jobs.take_notes();
    CHECK(fixture::texts(again) == said{"11:a"});
    CHECK(again.items[0].of.fence == 500);
    note(2, "b");
    jobs.renew({12, 503});
    CHECK(jobs.take_notes(2).items.at(0).of.fence == 503);
    note(1, "c");
    CHECK(jobs.take_notes().items.at(0).of.fence == 500);
    // Another worker has it, or nobody.
    CHECK(jobs.end(1));
    add(3, 11);
    jobs.renew({11, 504});
    CHECK(jobs.take_notes().items.empty());
    note(3, "d");
    CHECK(jobs.take_notes().items.at(0).of.fence == 504);
    CHECK(jobs.end_all().size() == 2);
    jobs.renew({11, 505});
    CHECK(jobs.take_notes().items.empty());
  }

  TEST_CASE_FIXTURE(fixture,
                    "the note of one job is taken without the others, also after its end") {
    add(1, 11);
    add(2, 12);
    note(1, "a");
    note(2, "b");
    CHECK(jobs.end(2));
    CHECK(fixture::texts(jobs.take_notes(2)) == said{"12:b"});
    CHECK(jobs.take_notes(2).items.empty());
    CHECK(fixture::texts(jobs.take_notes()) == said{"11:a"});
  }

  TEST_CASE_FIXTURE(fixture, "of what is no job, or has ended, nothing is kept") {
    add(1, 11);
    CHECK(jobs.end(1));
    note(1, "a");
    note(2, "b");
    CHECK(jobs.take_notes().items.empty());
  }

  TEST_CASE_FIXTURE(fixture, "the end of a hand-over is an outcome of the job") {
    ended_delivery x{.number = 1, .outcome = {}, .result = "{}"};
    CHECK(job_outcome_of(x, now).what == verdict::done);
    CHECK(job_outcome_of(x, now).result == "{}");
    x.outcome.error = failure{ec::handler_failed, "no", {}};
    CHECK(job_outcome_of(x, now).what == verdict::failed);
    CHECK(job_outcome_of(x, now).error == "no");
    CHECK(job_outcome_of(x, now).pause == 0ms);
    x.outcome.not_before = now - 1s;
    CHECK(job_outcome_of(x, now).pause == 0ms);
    x.outcome.not_before = now + 5s;
    CHECK(job_outcome_of(x, now).pause == 5s);
    x.outcome.dead = true;
    CHECK(job_outcome_of(x, now).what == verdict::hopeless);
    x.outcome.returned = true;
    CHECK(job_outcome_of(x, now).what == verdict::postponed);
  }
}
