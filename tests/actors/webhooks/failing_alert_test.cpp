#include "actors/webhooks/failing_alert.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace carillon::test {

TEST_SUITE("actors/failing_alert") {
  namespace {

  using namespace std::chrono_literals;

  struct fixture {
    std::vector<draft_ptr> told;
    failing_alert alert{7, 100h, [this](draft_ptr x) { told.push_back(std::move(x)); }};
    timestamp since = from_micros(1'800'000'000'000'000);

    bool last_says(const char* text) const {
      return !told.empty() && told.back()->data.find(text) != std::string::npos;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "each level is told once, and the end once") {
    for (int hour = 0; hour < 100; ++hour)
      for (int i = 0; i < 3; ++i)
        alert.failed(since, since + std::chrono::hours{hour});
    REQUIRE(told.size() == 3);
    CHECK(told[0]->data.find("\"value\":50") != std::string::npos);
    CHECK(told[1]->data.find("\"value\":70") != std::string::npos);
    CHECK(told[2]->data.find("\"value\":90") != std::string::npos);
    for (const auto& x : told) {
      CHECK(x->type == "system.alert");
      CHECK(x->source == "/carillon/alerts");
      CHECK(x->hops == 1);
      CHECK(x->audience == audience::none);
      CHECK_FALSE(may_be_reported(*x));
    }
    alert.succeeded(since, since + 99h);
    REQUIRE(told.size() == 4);
    CHECK(last_says("\"state\":\"ended\""));
    std::set<std::string> ids;
    for (const auto& x : told)
      ids.insert(x->id);
    CHECK(ids.size() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "what was never told does not end") {
    alert.failed(since, since + 49h);
    alert.succeeded(since, since + 49h);
    CHECK(told.empty());
  }

  TEST_CASE_FIXTURE(fixture, "after a restart the same level has the same id") {
    alert.failed(since, since + 60h);
    failing_alert again{7, 100h, [this](draft_ptr x) { told.push_back(std::move(x)); }};
    again.failed(since, since + 65h);
    REQUIRE(told.size() == 2);
    CHECK(told[0]->id == told[1]->id);
    // Another time of failures is another alert.
    again.succeeded(since, since + 66h);
    again.failed(since + 70h, since + 125h);
    CHECK(told.back()->id != told[0]->id);
  }

  TEST_CASE("without a reporter nothing is told") {
    failing_alert alert{7, 100h, {}};
    alert.failed({}, timestamp{} + 90h);
    alert.succeeded({}, timestamp{} + 90h);
  }
}

} // namespace carillon::test
