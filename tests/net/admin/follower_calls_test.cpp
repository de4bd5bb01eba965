#include "net/admin/follower_calls.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace carillon::admin;

TEST_SUITE("net/admin follower calls") {
  TEST_CASE("a follower serves no call that changes something, but for events") {
    for (const auto& x : operations())
      if (x.method != "GET") {
        CAPTURE(action_of(x.method, x));
        CHECK(is_served_by_follower(x, {}) == (x.pattern == "/api/publish"));
      }
  }

  TEST_CASE(
    "what it does not read is listed: a new call is the owner's until it is seen to be more") {
    std::set<std::string> of_owner;
    for (const auto& x : operations())
      if (x.method == "GET" && x.run != nullptr && !is_served_by_follower(x, {}))
        of_owner.emplace(x.pattern);
    CHECK(of_owner
          == std::set<std::string>{"/",
                                   "/console/{file}",
                                   "/sso/login",
                                   "/sso/callback",
                                   "/api/sso",
                                   "/api/events/replay",
                                   "/api/events/replay/{id}",
                                   "/api/events/webhooks/{id}",
                                   "/api/consumers",
                                   "/api/consumers/{name}",
                                   "/api/jobs/queues",
                                   "/api/documents/{id}",
                                   "/api/audit/verify",
                                   "/api/audit/checkpoint",
                                   "/api/audit/consistency",
                                   "/api/audit/events/{seq}/proof",
                                   "/api/occurrences",
                                   "/api/delayed-events",
                                   "/api/delayed-events/{id}",
                                   "/api/outboxes",
                                   "/api/outboxes/{name}/refused"});
  }

  TEST_CASE("a parameter that asks an actor of the owner makes a call the owner's") {
    const auto served = [](std::string_view target) {
      auto to = find("GET", target);
      REQUIRE(to.has_value());
      REQUIRE(to->at != nullptr);
      return is_served_by_follower(*to->at, to->query);
    };
    CHECK(served("/api/events/1"));
    CHECK(served("/api/events/1?source=/api"));
    CHECK_FALSE(served("/api/events/1?expand=deliveries"));
    CHECK_FALSE(served("/api/events/1?until=handled"));
    CHECK_FALSE(served("/api/events/1?%75ntil=handled"));
    auto later = find("POST", "/api/publish?publishAt=2030-01-01T00:00:00Z");
    REQUIRE(later.has_value());
    CHECK_FALSE(is_served_by_follower(*later->at, later->query));
  }
}
