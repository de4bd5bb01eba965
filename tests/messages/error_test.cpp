#include "messages/caf_error.hpp"

#include <caf/sec.hpp>
#include <doctest/doctest.h>

#include <set>

using namespace carillon;

TEST_SUITE("messages/error") {
  TEST_CASE("every code has a name and a sentence of its own") {
    std::set<std::string_view> names;
    std::set<std::string_view> sentences;
    for (uint8_t i = 0; i < static_cast<uint8_t>(ec::count_); ++i) {
      names.insert(name_of(static_cast<ec>(i)));
      sentences.insert(sentence_of(static_cast<ec>(i)));
    }
    CHECK(names.size() == static_cast<size_t>(ec::count_));
    CHECK(sentences.size() == names.size());
    CHECK_FALSE(names.contains("unknown"));
    CHECK(name_of(ec::count_) == "unknown");
  }

  TEST_CASE("a failure survives the way through a CAF error") {
    failure x{ec::schema_violation, "data.total is missing", "data.total"};
    CHECK(to_failure(to_error(x)) == x);
    CHECK(to_failure(caf::make_error(ec::conflict)).code == ec::conflict);
  }

  TEST_CASE("errors of CAF itself become codes that say nothing of it") {
    CHECK(to_failure(caf::make_error(caf::sec::request_timeout)).code == ec::timeout);
    CHECK(to_failure(caf::make_error(caf::sec::request_receiver_down)).code == ec::shutting_down);
    CHECK(to_failure(caf::make_error(caf::sec::runtime_error, "secret")).detail.find("secret")
          == std::string::npos);
  }
}
