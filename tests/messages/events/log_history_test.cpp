#include "messages/events/log_history.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/log_history") {
  TEST_CASE("a position of a history is what its text says") {
    for (const auto& x :
         {history_position{"", 0}, history_position{"", 7}, history_position{"0123456789abcdef", 7},
          history_position{"ABCdef0123456789", 0}}) {
      CAPTURE(to_string(x));
      const auto again = history_position_from(to_string(x));
      REQUIRE(again.has_value());
      CHECK(*again == x);
    }
    CHECK(to_string(history_position{"h1", 7}) == "h1.7");
    CHECK(to_string(history_position{{}, 7}) == "7");
  }

  TEST_CASE("other texts are refused") {
    const std::string long_id(33, 'a');
    const std::vector<std::string> texts{"",
                                         ".",
                                         "x",
                                         "-1",
                                         "7.",
                                         ".7",
                                         "1.5",
                                         "0123456789ab.7",
                                         "0123456789abcdef.7.7",
                                         "0123456789-bcdef.7",
                                         "0123456789abcdef.+7",
                                         "0123456789abcdef. 7",
                                         "0123456789abcdef.",
                                         long_id + ".7",
                                         "0123456789abcdef.18446744073709551616"};
    for (const auto& text : texts) {
      CAPTURE(text);
      const auto x = history_position_from(text);
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::invalid_argument);
    }
  }

  TEST_CASE("a reader goes on where its history and the log's part") {
    const log_histories log{"c", {{"a", 50}, {"b", 80}}};
    CHECK(resume_at(log, {"c", 90}) == resumption{90, false});
    CHECK(resume_at(log, {"", 90}) == resumption{90, false});
    // What it has seen is what the log has.
    CHECK(resume_at(log, {"a", 50}) == resumption{50, false});
    CHECK(resume_at(log, {"b", 80}) == resumption{80, false});
    CHECK(resume_at(log, {"a", 0}) == resumption{0, false});
    // It may have seen what the log does not have.
    CHECK(resume_at(log, {"a", 51}) == resumption{50, true});
    CHECK(resume_at(log, {"b", 100}) == resumption{80, true});
    // Nobody of another history has seen what came in this one.
    CHECK(resume_at(log, {"x", 100}) == resumption{80, true});
    CHECK(resume_at(log, {"x", 7}) == resumption{7, true});
    CHECK(resume_at({"c", {}}, {"x", 7}) == resumption{0, true});
  }
}
