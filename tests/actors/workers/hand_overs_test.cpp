#include "actors/workers/hand_overs.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/hand_overs") {
  namespace {

  struct fixture {
    hand_overs all;
    hand_overs::clock::time_point now{1h};

    void add(uint64_t number, const std::string& id, uint64_t holder,
             std::chrono::seconds due = 30s, const std::string& key = {}) {
      all.add({.number = number,
               .id = id,
               .holder = holder,
               .owner = '#' + std::to_string(holder),
               .fence = "1." + std::to_string(number),
               .key = key,
               .due = now + due,
               .bytes = 10});
    }

    void remove(const std::string& id) {
      all.remove(*all.find(id));
    }

    std::vector<uint64_t> of(uint64_t holder) {
      std::vector<uint64_t> out;
      for (const auto* x : all.of(holder))
        out.push_back(x->number);
      std::sort(out.begin(), out.end());
      return out;
    }
  };

  using numbers = std::vector<uint64_t>;

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an entry is found by its id and its worker until it is removed") {
    add(1, "a", 7);
    add(2, "b", 8);
    add(3, "c", 7);
    REQUIRE(all.find("b") != nullptr);
    CHECK(all.find("b")->number == 2);
    CHECK(all.find("b")->fence == "1.2");
    CHECK(all.find("x") == nullptr);
    CHECK(of(7) == numbers{1, 3});
    CHECK(of(9).empty());
    CHECK(all.bytes() == 30);
    remove("a");
    CHECK(!all.contains("a"));
    CHECK(of(7) == numbers{3});
    CHECK(all.size() == 2);
    CHECK(all.bytes() == 20);
    // The same delivery, handed over again.
    add(4, "a", 8);
    CHECK(all.find("a")->number == 4);
  }

  TEST_CASE_FIXTURE(fixture, "the first one that is due is known, also after a change") {
    CHECK(all.first_due() == nullptr);
    add(1, "a", 7, 20s);
    add(2, "b", 7, 10s);
    add(3, "c", 7, 10s);
    CHECK(all.first_due()->id == "b");
    all.set_due(*all.find("b"), now + 40s);
    CHECK(all.first_due()->id == "c");
    remove("c");
    CHECK(all.first_due()->id == "a");
    all.set_due(*all.find("b"), now);
    CHECK(all.first_due()->id == "b");
    CHECK(all.first_due()->due == now);
  }

  TEST_CASE_FIXTURE(fixture, "a key is somebody's until the last entry with it is removed") {
    add(1, "a", 7, 30s, "k");
    add(2, "b", 7, 30s, "k");
    add(3, "c", 8);
    REQUIRE(all.owner_of("k") != nullptr);
    CHECK(*all.owner_of("k") == "#7");
    remove("a");
    CHECK(all.owner_of("k") != nullptr);
    remove("b");
    CHECK(all.owner_of("k") == nullptr);
    // Without a key there is no owner.
    CHECK(all.owner_of("") == nullptr);
  }

  TEST_CASE_FIXTURE(fixture, "nothing is left once it was cleared") {
    add(1, "a", 7, 30s, "k");
    all.clear();
    CHECK(all.size() == 0);
    CHECK(all.bytes() == 0);
    CHECK(all.first_due() == nullptr);
    CHECK(all.owner_of("k") == nullptr);
    CHECK(!all.contains("a"));
  }
}
