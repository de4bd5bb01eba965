#include "base/problem.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <array>
#include <utility>

using namespace carillon;

TEST_SUITE("net/problem") {
  namespace {

  constexpr std::array statuses{
    std::pair{ec::invalid_argument, 400},
    std::pair{ec::malformed_json, 400},
    std::pair{ec::unauthenticated, 401},
    std::pair{ec::forbidden, 403},
    std::pair{ec::not_found, 404},
    std::pair{ec::method_not_allowed, 405},
    std::pair{ec::conflict, 409},
    std::pair{ec::too_large, 413},
    std::pair{ec::unsupported_media_type, 415},
    std::pair{ec::schema_violation, 422},
    std::pair{ec::unknown_type, 422},
    std::pair{ec::overloaded, 503},
    std::pair{ec::store_unavailable, 503},
    std::pair{ec::shutting_down, 503},
    std::pair{ec::timeout, 504},
    std::pair{ec::store_corrupt, 500},
    std::pair{ec::store_too_new, 500},
    std::pair{ec::store_locked, 500},
    std::pair{ec::handler_failed, 500},
    std::pair{ec::internal, 500},
    std::pair{ec::store_refused, 500},
    std::pair{ec::quota_exceeded, 429},
  };

  } // namespace

  TEST_CASE("every code has its status") {
    // All but `none`.
    CHECK(statuses.size() + 1 == static_cast<size_t>(ec::count_));
    for (auto [code, status] : statuses) {
      CAPTURE(name_of(code));
      CHECK(http_status_of(code) == status);
    }
  }

  TEST_CASE("exactly 503 and 429 say when to come back") {
    for (auto [code, status] : statuses) {
      CAPTURE(name_of(code));
      CHECK((retry_after_seconds(code) > 0) == (status == 503 || status == 429));
    }
  }

  TEST_CASE("a problem document is JSON with all members") {
    for (auto [code, status] : statuses) {
      rapidjson::Document doc;
      doc.Parse(problem_json({code, "say \"why\"\n", "data.orderId"}));
      REQUIRE(doc.IsObject());
      CHECK(doc["code"].GetString() == name_of(code));
      CHECK(doc["type"].GetString() == "urn:carillon:problem:" + std::string{name_of(code)});
      CHECK(doc["title"].GetString() == sentence_of(code));
      CHECK(doc["status"].GetInt() == status);
      CHECK(doc["detail"].GetString() == std::string{"say \"why\"\n"});
      CHECK(doc["field"].GetString() == std::string{"data.orderId"});
    }
  }

  TEST_CASE("empty members are left out and the status can be another") {
    rapidjson::Document doc;
    doc.Parse(problem_json({ec::timeout, {}, {}}, 408));
    REQUIRE(doc.IsObject());
    CHECK(doc["status"].GetInt() == 408);
    CHECK(!doc.HasMember("detail"));
    CHECK(!doc.HasMember("field"));
  }
}
