#include "net/cursor.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>

using namespace carillon;

TEST_SUITE("net/cursor") {
  TEST_CASE("a cursor comes back as it was made, and any change to it is noticed") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 2'000; ++i) {
      auto number = random();
      auto list = random();
      auto text = make_cursor(number, list);
      CHECK(text.size() == 24);
      auto back = read_cursor(text, list);
      REQUIRE(back.has_value());
      CHECK(*back == number);
      CHECK(read_cursor(text, list + 1).error().field == "cursor");
      auto other = text;
      auto& c = other[random() % other.size()];
      c = c == 'A' ? 'B' : 'A';
      if (auto changed = read_cursor(other, list))
        CHECK(*changed != number);
    }
    for (const auto* text : {"", "A", "!!!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAAAAA"})
      CHECK(!read_cursor(text, 0).has_value());
  }

  TEST_CASE("lists differ when their parts do, however they are cut") {
    auto hash = [](std::initializer_list<std::string_view> parts) {
      list_hash out;
      for (auto x : parts)
        out.add(x);
      return out.value();
    };
    CHECK(hash({"a", "b"}) == hash({"a", "b"}));
    CHECK(hash({"a", "b"}) != hash({"b", "a"}));
    CHECK(hash({"ab", ""}) != hash({"a", "b"}));
    CHECK(hash({"ab"}) != hash({"ab", ""}));
  }
}
