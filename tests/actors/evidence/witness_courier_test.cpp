#include "actors/evidence/witness_courier.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace carillon::test {

TEST_SUITE("actors/witness_courier") {
  namespace {

  using namespace std::chrono_literals;

  class patient_witness final : public witness {
  public:
    std::vector<std::string> given;

    const std::string& shown() const override {
      static const std::string text = "https://witness.test";
      return text;
    }
    const std::string& named() const override {
      return shown();
    }
    void give(const std::string& note, callback /*done*/) override {
      given.push_back(note);
    }
  };

  signed_head head(uint64_t size) {
    return {
      .size = size, .time = from_micros(static_cast<int64_t>(size)), .note = std::to_string(size)};
  }

  struct fixture {
    std::shared_ptr<patient_witness> to = std::make_shared<patient_witness>();
    witness_courier courier{to, 16s};
    witness_courier::time_point now{};

    void work() {
      courier.work(now, [](const std::string&) {});
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a slow witness gets the newest head, and leaves others out") {
    courier.offer(head(1));
    work();
    courier.offer(head(2));
    work();
    courier.offer(head(3));
    work();
    CHECK(to->given == std::vector<std::string>{"1"});
    CHECK(courier.is_busy());
    CHECK_FALSE(courier.settle(now, ""));
    CHECK(courier.status().size == 1);
    work();
    CHECK(to->given == std::vector<std::string>{"1", "3"});
    CHECK_FALSE(courier.settle(now, ""));
    CHECK(courier.status().size == 3);
    CHECK(courier.status().time == from_micros(3));
    CHECK_FALSE(courier.is_busy());
    work();
    CHECK(to->given.size() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "after failures it waits longer each time, a minute at most") {
    courier.offer(head(1));
    std::vector<int64_t> pauses;
    for (int i = 0; i < 9; ++i) {
      work();
      REQUIRE(courier.is_busy());
      // Told once.
      CHECK(courier.settle(now, "it answered 503") == (i == 0));
      int64_t pause = 0;
      for (const auto size = to->given.size(); to->given.size() == size; ++pause) {
        now += 1s;
        work();
        REQUIRE(pause < 100);
      }
      pauses.push_back(pause);
      CHECK(courier.settle(now, "it answered 503") == false);
      now += 1min;
    }
    CHECK(pauses.front() == 1);
    CHECK(pauses[1] == 4);
    CHECK(pauses.back() == 60);
    CHECK(courier.status().failures == 18);
    CHECK(courier.status().trouble == "it answered 503");
    CHECK(courier.line().find("503") != std::string::npos);
    work();
    CHECK(courier.settle(now, ""));
    CHECK(courier.status().trouble.empty());
    CHECK(courier.status().size == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what failed is given again, unless there is something newer") {
    courier.offer(head(1));
    work();
    courier.settle(now, "no");
    now += 1min;
    work();
    courier.offer(head(2));
    courier.settle(now, "no");
    now += 1min;
    work();
    CHECK(to->given == std::vector<std::string>{"1", "1", "2"});
  }

  TEST_CASE_FIXTURE(fixture, "one that does not answer is a trouble, counted once") {
    courier.offer(head(1));
    work();
    now += 15s;
    CHECK_FALSE(courier.overdue(now));
    now += 1s;
    CHECK(courier.overdue(now));
    CHECK_FALSE(courier.overdue(now + 1h));
    // A stop does not wait for it.
    CHECK_FALSE(courier.is_busy());
    courier.offer(head(2));
    work();
    CHECK(to->given.size() == 1);
    CHECK(courier.status().failures == 1);
    CHECK(courier.settle(now, ""));
    CHECK(courier.status().failures == 1);
    work();
    CHECK(to->given.back() == "2");
  }

  TEST_CASE_FIXTURE(fixture, "an answer that nobody waits for changes nothing") {
    CHECK_FALSE(courier.settle(now, "no"));
    CHECK(courier.status().failures == 0);
  }
}

} // namespace carillon::test
