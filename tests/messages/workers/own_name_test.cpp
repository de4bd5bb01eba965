#include "messages/workers/own_name.hpp"

#include "messages/workers/remote_consumer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("messages/own_name") {
  TEST_CASE("a name is one of its company, and stays the same") {
    // SHA-256 of "c-1".
    CHECK(own_name("loyalty", "c-1") == "loyalty.a6f7ef47ee8d");
    CHECK(own_name("loyalty", "c-2") != own_name("loyalty", "c-1"));
    CHECK(own_name("billing", "c-1") != own_name("loyalty", "c-1"));
  }

  TEST_CASE("the longest one that a company may give is a consumer's, whatever the company") {
    for (const char* company : {"c-1", "Å/b c@d", "1"}) {
      CHECK(is_remote_consumer_name(own_name(std::string(most_own_name_bytes, 'a'), company)));
      CHECK_FALSE(
        is_remote_consumer_name(own_name(std::string(most_own_name_bytes + 1, 'a'), company)));
    }
  }
}
