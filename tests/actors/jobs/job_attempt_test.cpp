#include "actors/jobs/job_attempt.hpp"
#include "actors/jobs/job_outage.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp now = from_micros(1'800'000'000'000'000);

job_attempt attempt_of(uint32_t number, timestamp created_at = now) {
  job_attempt out;
  out.id = 7;
  out.fence = 3;
  out.number = number;
  out.created_at = created_at;
  return out;
}

job_queue queue_with(std::vector<std::chrono::milliseconds> schedule) {
  job_queue out;
  out.retry_schedule = std::move(schedule);
  out.give_up_after = 1h;
  return out;
}

} // namespace

TEST_SUITE("actors/job_attempt") {
  TEST_CASE("a failure comes again as the schedule says, with a jitter of a tenth") {
    auto queue = queue_with({1min, 10min});
    auto failed = job_outcome::failed("no use");
    auto first = finished(attempt_of(1), failed, queue, now, {});
    CHECK(first.id == 7);
    CHECK(first.fence == 3);
    CHECK(first.outcome.error == "no use");
    CHECK(first.again == now + 1min);
    CHECK(!first.returned);
    CHECK(finished(attempt_of(2), failed, queue, now, [] { return 0.5; }).again
          == now + 10min + 30s);
    CHECK(!finished(attempt_of(3), failed, queue, now, {}).again);
    CHECK(!finished(attempt_of(1), failed, queue_with({}), now, {}).again);
  }

  TEST_CASE("what is done or hopeless does not come again") {
    auto queue = queue_with({1min});
    CHECK(!finished(attempt_of(1), job_outcome::done(), queue, now, {}).again);
    CHECK(!finished(attempt_of(1), job_outcome::hopeless("x"), queue, now, {}).again);
  }

  TEST_CASE("an outage and a postponement cost no attempt, until the job is too old") {
    auto queue = queue_with({1min});
    auto away = job_outcome::unavailable("away");
    auto young = finished(attempt_of(1), away, queue, now, {});
    CHECK(young.again == now);
    CHECK(young.returned);
    auto old = finished(attempt_of(1, now - 1h), away, queue, now, {});
    CHECK(!old.again);
    CHECK(!old.returned);
    auto later = postponed(attempt_of(1), job_outcome::postponed(5s, "wait"), now);
    CHECK(later.again == now + 5s);
    CHECK(later.returned);
    CHECK(postponed(attempt_of(1), job_outcome::postponed(0s, {}), now).again == now + 1ms);
  }

  TEST_CASE("the text of an error is stored in part") {
    auto end = finished(attempt_of(1), job_outcome::failed(std::string(5'000, 'x')), queue_with({}),
                        now, {});
    CHECK(end.outcome.error.size() <= 1'024);
    CHECK(!end.outcome.error.empty());
  }

  TEST_CASE("a job that was not begun goes back as it is") {
    job x;
    x.id = 9;
    x.fence = 4;
    auto back = returned(x, now);
    CHECK(back.id == 9);
    CHECK(back.fence == 4);
    CHECK(back.again == now);
    CHECK(back.returned);
    CHECK(back.outcome.error.empty());
  }
}

TEST_SUITE("actors/job_outage") {
  TEST_CASE("pauses double up to the maximum, and end with any other outcome") {
    using change = job_outage::change;
    job_outage x{1s, 3s};
    job_outage::clock::time_point at{1h};
    auto away = job_outcome::unavailable("no mail server");
    CHECK(!x.is_away());
    CHECK(x.note(job_outcome::done(), at) == change::none);
    CHECK(x.note(away, at) == change::away);
    CHECK(x.is_away());
    CHECK(x.reason() == "no mail server");
    CHECK(x.next_probe() == at + 1s);
    // Jobs that were under way together count once; the last reason stays.
    CHECK(x.note(job_outcome::unavailable("still none"), at + 500ms) == change::none);
    CHECK(x.next_probe() == at + 1s);
    CHECK(x.reason() == "still none");
    at += 1s;
    CHECK(x.note(away, at) == change::away);
    CHECK(x.next_probe() == at + 2s);
    at += 2s;
    CHECK(x.note(away, at) == change::away);
    CHECK(x.next_probe() == at + 3s);
    CHECK(x.note(job_outcome::failed("refused"), at + 1s) == change::back);
    CHECK(!x.is_away());
    CHECK(x.reason().empty());
    CHECK(x.note(away, at + 2s) == change::away);
    CHECK(x.next_probe() == at + 3s);
  }

  TEST_CASE("a failure may ask for a longer pause than the schedule has, and for no shorter one") {
    auto queue = queue_with({1min});
    auto failed = job_outcome::failed("no");
    failed.pause = 5min;
    CHECK(finished(attempt_of(1), failed, queue, now, {}).again == now + 5min);
    failed.pause = 1s;
    CHECK(finished(attempt_of(1), failed, queue, now, {}).again == now + 1min);
    CHECK(!finished(attempt_of(2), failed, queue, now, {}).again);
  }

  TEST_CASE("a result is kept if it is JSON of a size, and only of what is done") {
    auto queue = queue_with({1min});
    auto end = [&](job_outcome x) { return finished(attempt_of(1), x, queue, now, {}).outcome; };
    for (const auto* x : {"{}", "7", R"({"a":[1,"ä"]})", "null"}) {
      auto out = end(job_outcome::done(x));
      CHECK(out.result == x);
      CHECK(out.error.empty());
    }
    for (const auto& x : {std::string{"{"}, std::string{"1,2"}, std::string{R"(1,"b":2)"},
                          std::string{R"(1],"b":[2)"}, std::string{"\"\xff\""},
                          '"' + std::string(job_limits::result_bytes, 'x') + '"'}) {
      auto out = end(job_outcome::done(x));
      CHECK(out.what == job_outcome::verdict::done);
      CHECK(out.result.empty());
      CHECK(!out.error.empty());
    }
    // As deep as the text of an ack may be that has it.
    const std::string deep = std::string(event_limits::json_depth - 1, '[')
                             + std::string(event_limits::json_depth - 1, ']');
    CHECK(end(job_outcome::done(deep)).result == deep);
    auto failed = job_outcome::failed("no");
    failed.result = "7";
    CHECK(end(failed).result.empty());
  }
}
