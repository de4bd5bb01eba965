#include "actors/workers/key_line.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("actors/key_line") {
  namespace {

  struct fixture {
    key_line line;
    /// Keys of which a worker has something.
    std::set<std::string> held;
    /// How many more deliveries workers take.
    size_t credit = 0;
    std::vector<std::string> taken;

    void push(const std::string& key, position seq) {
      line.push(key, {{.event = test::make_event(seq)}, {}});
    }

    std::vector<position> offer() {
      return positions(line.offer(
        [this](const std::string& key, const key_line::item& x) {
          if (credit == 0)
            return false;
          --credit;
          taken.push_back(key + std::to_string(x.what.event->seq));
          return true;
        },
        [this](const std::string& key) { return held.contains(key); }));
    }

    static std::vector<position> positions(const key_line::items& xs) {
      std::vector<position> out;
      for (const auto& x : xs)
        out.push_back(x.what.event->seq);
      return out;
    }
  };

  using waiting = std::vector<position>;

  } // namespace

  TEST_CASE_FIXTURE(fixture, "what waits is offered in its order, until one is refused") {
    held = {"a"};
    for (position i = 1; i <= 3; ++i)
      push("a", i);
    credit = 2;
    CHECK(offer().empty());
    CHECK(taken == std::vector<std::string>{"a1", "a2"});
    CHECK(line.size() == 1);
    CHECK(line.contains("a"));
    credit = 1;
    CHECK(offer().empty());
    CHECK(taken.back() == "a3");
    CHECK(line.size() == 0);
    CHECK(!line.contains("a"));
  }

  TEST_CASE_FIXTURE(fixture, "a key that is with no worker waits no more, the others do") {
    held = {"b"};
    push("a", 1);
    push("b", 2);
    push("a", 3);
    CHECK(offer() == waiting{1, 3});
    CHECK(taken.empty());
    CHECK(!line.contains("a"));
    CHECK(line.contains("b"));
    CHECK(line.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what waits is taken by its key, or all of it") {
    push("b", 1);
    push("a", 2);
    push("b", 3);
    push("c", 4);
    CHECK(fixture::positions(line.take("b")) == waiting{1, 3});
    CHECK(line.size() == 2);
    CHECK(line.take("b").empty());
    CHECK(line.take("x").empty());
    CHECK(!line.contains("x"));
    CHECK(fixture::positions(line.take_all()) == waiting{2, 4});
    CHECK(line.size() == 0);
    CHECK(line.take_all().empty());
  }
}
