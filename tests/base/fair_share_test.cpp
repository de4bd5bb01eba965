#include "base/fair_queue.hpp"
#include "base/fair_share.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace carillon;

namespace {

/// The rule in its simplest, slowest form.
struct share_model {
  uint64_t capacity;
  double greed;
  std::vector<std::pair<std::string, uint64_t>> grants;

  uint64_t sum(const std::string* key) const {
    uint64_t out = 0;
    for (const auto& [k, n] : grants)
      if (key == nullptr || k == *key)
        out += n;
    return out;
  }

  bool takes(const std::string& key, uint64_t n) {
    const auto used = sum(nullptr);
    const auto own = sum(&key);
    if (used + n > capacity)
      return false;
    const auto left = static_cast<double>(capacity - used);
    if (own > 0 && static_cast<double>(own + n) > greed * left)
      return false;
    if (n > 0)
      grants.emplace_back(key, n);
    return true;
  }
};

uint64_t fill(fair_share& x, const std::string& key, uint64_t step = 1) {
  while (x.take(key, step) == share_verdict::granted) {
  }
  return x.used_by(key);
}

} // namespace

TEST_SUITE("base/fair_share") {
  TEST_CASE("it does what the rule says, whoever takes and gives back") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 50; ++round) {
      const uint64_t capacity = 1 + random() % 1'000;
      const auto greed = 0.5 + static_cast<double>(random() % 80) / 10;
      fair_share x{capacity, greed};
      share_model model{capacity, greed, {}};
      for (int step = 0; step < 400; ++step) {
        if (random() % 3 == 0 && !model.grants.empty()) {
          const auto i = random() % model.grants.size();
          x.give_back(model.grants[i].first, model.grants[i].second);
          model.grants.erase(model.grants.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
          const auto key = "company-" + std::to_string(random() % 5);
          const auto n = random() % (1 + capacity / 10);
          const auto verdict = x.take(key, n);
          REQUIRE((verdict == share_verdict::granted) == model.takes(key, n));
        }
        REQUIRE(x.used() == model.sum(nullptr));
        REQUIRE(x.used() <= capacity);
        const std::string one = "company-1";
        REQUIRE(x.used_by(one) == model.sum(&one));
      }
      for (const auto& [key, n] : model.grants)
        x.give_back(key, n);
      CHECK(x.used() == 0);
      CHECK(x.holders() == 0);
    }
  }

  TEST_CASE("one alone gets most of it, and leaves room for the next") {
    fair_share x{1'000, 4.0};
    CHECK(fill(x, "greedy") >= 790);
    CHECK(x.used() <= 801);
    CHECK(x.take("greedy", 1) == share_verdict::over_share);
    CHECK(x.take("other", 1) == share_verdict::granted);
    // A large first request that fits is taken.
    CHECK(x.take("large", 150) == share_verdict::granted);
  }

  TEST_CASE("those who all want more get equal parts in the end") {
    fair_share x{10'000, 4.0};
    const std::vector<std::string> keys{"a", "b", "c", "d"};
    fill(x, "a", 10);
    // Each gives back and takes again, like events in flight.
    for (int round = 0; round < 5'000; ++round)
      for (const auto& key : keys) {
        x.give_back(key, 10);
        x.take(key, 10);
        x.take(key, 10);
      }
    for (const auto& key : keys) {
      CAPTURE(key);
      CHECK(x.used_by(key) >= 2'100);
      CHECK(x.used_by(key) <= 2'600);
    }
    CHECK(x.take("new", 100) == share_verdict::granted);
  }

  TEST_CASE("who is over its part is told so, the others that the bound is reached") {
    fair_share x{100, 1e9};
    CHECK(x.take("greedy", 99) == share_verdict::granted);
    CHECK(x.take("greedy", 2) == share_verdict::over_share);
    CHECK(x.take("other", 2) == share_verdict::full);
    CHECK(x.take("other", 1) == share_verdict::granted);
    CHECK(x.take("other", 1) == share_verdict::full);
  }

  TEST_CASE("what belongs to no holder is bound by the capacity alone") {
    fair_share x{100, 1.0};
    CHECK(fill(x, "") == 100);
    CHECK(x.take("", 1) == share_verdict::full);
    CHECK(x.take("a", 1) == share_verdict::full);
  }

  TEST_CASE("nothing is given back that was not taken") {
    fair_share x{10};
    x.give_back("nobody", 3);
    CHECK(x.take("a", 2) == share_verdict::granted);
    x.give_back("a", 100);
    CHECK(x.used() == 0);
    CHECK(x.take("a", 0) == share_verdict::granted);
    CHECK(x.holders() == 0);
  }
}

TEST_SUITE("base/fair_queue") {
  TEST_CASE("keys that always wait get equal parts, whatever their items cost") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    constexpr uint64_t quantum = 100;
    constexpr uint64_t most_cost = 1'000;
    struct item {
      size_t key;
      size_t number;
      uint64_t cost;
    };
    fair_queue<item> x{quantum};
    constexpr size_t keys = 5;
    std::vector<size_t> put(keys);
    std::vector<size_t> got(keys);
    std::vector<uint64_t> served(keys);
    auto push = [&](size_t key) {
      // The first sends small ones only, the last large ones only.
      const auto cost = key == 0 ? 1 : key == keys - 1 ? most_cost : 1 + random() % most_cost;
      x.push(std::to_string(key), {key, put[key]++, cost}, cost);
    };
    for (size_t key = 0; key < keys; ++key)
      for (int i = 0; i < 5; ++i)
        push(key);
    for (int step = 0; step < 20'000; ++step) {
      const auto next = x.pop();
      REQUIRE(next.number == got[next.key]++);
      served[next.key] += next.cost;
      push(next.key);
      const auto [least, most] = std::minmax_element(served.begin(), served.end());
      REQUIRE(*most - *least <= 2 * most_cost + quantum);
    }
    CHECK(x.size() == keys * 5);
    CHECK(x.keys() == keys);
  }

  TEST_CASE("one that comes into a crowd waits for a turn of it, not for its backlog") {
    fair_queue<int> x{64};
    for (int i = 0; i < 1'000; ++i)
      x.push("greedy", i, 10);
    x.pop();
    x.push("other", -1, 1);
    int before = 0;
    while (x.pop() >= 0)
      ++before;
    CHECK(before <= 7);
  }

  TEST_CASE("alone it is a plain queue, also for what costs more than a turn") {
    fair_queue<int> x{1};
    for (int i = 0; i < 10; ++i)
      x.push("a", i, 1'000'000);
    for (int i = 0; i < 10; ++i) {
      CHECK(x.front() == i);
      CHECK(x.pop() == i);
    }
    CHECK(x.empty());
    CHECK(x.keys() == 0);
  }

  TEST_CASE("what is removed is gone, and its key with it") {
    fair_queue<int> x{1};
    for (int i = 0; i < 6; ++i)
      x.push(i % 2 == 0 ? "even" : "odd", i, 1);
    x.remove_if([](int i) { return i % 2 == 0 || i == 3; });
    CHECK(x.size() == 2);
    CHECK(x.keys() == 1);
    CHECK(x.pop() == 1);
    CHECK(x.pop() == 5);
    CHECK(x.empty());
  }
}
