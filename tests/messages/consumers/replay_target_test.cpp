#include "messages/consumers/replay_target.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("messages/replay_target") {
  TEST_CASE("each target is its text, and back") {
    for (const char* text : {"all", "handlers", "handler/audit", "handler/", "handler/a/b",
                             "webhooks", "webhook/1", "webhook/18446744073709551615", "sessions"}) {
      CAPTURE(text);
      auto x = replay_target_from(text);
      REQUIRE(x.has_value());
      CHECK(to_text(*x) == text);
    }
    CHECK((*replay_target_from("webhook/7") == replay_target::webhook(7)));
    CHECK((*replay_target_from("handler/audit") == replay_target::handler("audit")));
  }

  TEST_CASE("another text is rejected") {
    for (const char* text : {"", "everything", "All", "handler", "webhook", "all ", "session"}) {
      CAPTURE(text);
      auto x = replay_target_from(text);
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().field == "target");
    }
  }

  TEST_CASE("a webhook whose id cannot be one is not found") {
    for (const char* text : {"webhook/", "webhook/0", "webhook/01", "webhook/x", "webhook/1x",
                             "webhook/-1", "webhook/18446744073709551616"}) {
      CAPTURE(text);
      auto x = replay_target_from(text);
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::not_found);
      CHECK(x.error().field == "target");
    }
  }
}
