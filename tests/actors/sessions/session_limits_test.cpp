#include "tests/actors/sessions/session_world.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("actors/session") {
  namespace {

  bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE("nobody has more sessions than a user, and a company, may have") {
    session_world world;
    world.options.max_per_user = 2;
    world.options.max_per_company = 3;
    world.start();
    auto opened = [&](const char* user_id, const char* company) {
      return world.open(session_world::request_of(user_id, company));
    };
    auto refused = [&](const char* user_id, const char* company, std::string_view option) {
      auto x = opened(user_id, company);
      return x->refused && x->refused->code == ec::quota_exceeded
             && holds(x->refused->detail, option) && x->closed->first == session_close::overloaded
             && x->texts.empty();
    };
    auto first = opened("u-1", "c-1");
    CHECK(!opened("u-1", "c-1")->closed);
    CHECK(refused("u-1", "c-1", "--sessions-per-user"));
    // A user of the same id at another company is another user, and so is one without a company.
    CHECK(!opened("u-1", "c-2")->closed);
    CHECK(!opened("u-1", "")->closed);
    CHECK(!opened("u-2", "c-1")->closed);
    CHECK(refused("u-3", "c-1", "--sessions-per-company"));
    CHECK(refused("", "c-1", "--sessions-per-company"));
    // Only the total limits sessions without user and company.
    for (int i = 0; i < 5; ++i)
      CHECK(!opened("", "")->closed);
    first->drop();
    world.deliver();
    CHECK(!opened("u-1", "c-1")->closed);
    CHECK(world.stats->sessions == 10);
  }

  TEST_CASE("0 is no limit") {
    session_world world;
    world.options.max_per_user = 0;
    world.options.max_per_company = 0;
    world.start();
    for (int i = 0; i < 120; ++i)
      CHECK(!world.open(session_world::request_of("u-1", "c-1"))->closed);
  }

  TEST_CASE("there are as many as may be") {
    session_world world;
    world.options.max_sessions = 2;
    world.start();
    for (int i = 0; i < 3; ++i)
      world.open(session_world::request_of("u-1"));
    CHECK(!world.links[1]->closed);
    REQUIRE(world.links[2]->closed);
    CHECK(world.links[2]->closed->first == session_close::overloaded);
    world.links[0]->drop();
    world.deliver();
    world.open(session_world::request_of("u-1"));
    CHECK(!world.links[3]->closed);
    CHECK(world.stats->sessions == 2);
  }
}
