#include "messages/events/name_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("messages/name_table") {
  TEST_CASE("names are found, and none that is not there") {
    name_table x;
    CHECK(x.empty());
    CHECK(x.find("") == nullptr);
    for (size_t i = 0; i < 300; ++i)
      x.add(std::string(i, 'a'), i);
    for (size_t i = 0; i < 300; ++i) {
      CAPTURE(i);
      const auto* found = x.find(std::string(i, 'a'));
      REQUIRE(found != nullptr);
      CHECK(*found == i);
      CHECK(x.find(std::string(i, 'a') + "b") == nullptr);
    }
    CHECK_FALSE(x.empty());
  }

  TEST_CASE("names that differ anywhere are different") {
    for (size_t size = 1; size < 40; ++size) {
      CAPTURE(size);
      name_table x;
      x.add(std::string(size, 'a'), 7);
      for (size_t at = 0; at < size; ++at) {
        auto other = std::string(size, 'a');
        other[at] = 'b';
        CHECK(x.find(other) == nullptr);
        x.add(other, at);
        REQUIRE(x.find(other) != nullptr);
        CHECK(*x.find(other) == at);
      }
      CHECK(*x.find(std::string(size, 'a')) == 7);
    }
  }
}
