#include "handlers/metrics/metrics_handler.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("handlers/metrics") {
  namespace {

  measure_record defined(uint64_t id, std::optional<position> live_after = {}) {
    measure_record out;
    out.id = id;
    out.definition.name = "d" + std::to_string(id);
    out.definition.types = {*type_pattern::parse("order.*")};
    out.definition.member = "/n";
    out.definition.measures.sum = true;
    out.live_after = live_after;
    return out;
  }

  struct metrics_fixture {
    std::shared_ptr<measure_book> book = std::make_shared<measure_book>();
    metrics_handler handler{book};

    void define(measure_records all, position cursor = 0) {
      book->set(std::make_shared<const measure_list>(measure_list{std::move(all), cursor}));
    }

    /// What an event causes: `id:begin` of each begin, and the ids that are measured.
    std::string handle(position seq, const std::string& type = "order.created") {
      effects made;
      handler.handle(*make_event(seq, "c-1", type), made);
      std::string out;
      for (const auto& x : made.all<measure_began>())
        out += std::to_string(x.definition) + ':' + std::to_string(x.seq) + ' ';
      for (const auto& x : made.all<measure_delta>())
        out += '+' + std::to_string(x.key.definition);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(metrics_fixture, "without definitions events cause nothing") {
    CHECK(handle(1).empty());
  }

  TEST_CASE_FIXTURE(metrics_fixture, "a definition begins with the first event after it") {
    CHECK(handle(1).empty());
    define({defined(1)});
    CHECK(handle(2, "user.login") == "1:2 ");
    CHECK(handle(3) == "1:2 +1");
    define({defined(1), defined(2)});
    CHECK(handle(4) == "1:2 2:4 +1+2");
    // The store knows the begin of the first now.
    define({defined(1, 1), defined(2)});
    CHECK(handle(5) == "2:4 +1+2");
    define({defined(2)});
    CHECK(handle(6) == "2:4 +2");
  }

  TEST_CASE_FIXTURE(metrics_fixture, "what is delivered once more keeps the begin") {
    define({defined(1)});
    CHECK(handle(5) == "1:5 +1");
    CHECK(handle(6) == "1:5 +1");
    // The consumer starts again behind its cursor: 4 was seen by nobody else.
    CHECK(handle(4).empty());
    CHECK(handle(5) == "1:5 +1");
    CHECK(handle(6) == "1:5 +1");
    define({defined(1), defined(2)});
    CHECK(handle(6) == "1:5 +1");
    CHECK(handle(7) == "1:5 2:7 +1+2");
  }

  TEST_CASE_FIXTURE(metrics_fixture, "an old retry after a restart begins nothing") {
    define({defined(1), defined(2, 8)}, 9);
    CHECK(handle(7).empty());
    CHECK(handle(9) == "+2");
    CHECK(handle(10) == "1:10 +1+2");
  }
}

} // namespace carillon::test
