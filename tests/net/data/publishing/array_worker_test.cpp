#include "net/data/publishing/array_worker.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace carillon;
using data::array_worker;

TEST_SUITE("net/data/publishing/array_worker") {
  namespace {

  /// Steps of arrays, in the order in which the worker made them.
  struct steps {
    std::mutex mutex;
    std::vector<std::string> made;
    std::promise<void> first_may_end;
    std::shared_future<void> gate{first_may_end.get_future()};

    /// An array of so many turns. The first turn waits until the test lets it go.
    array_worker::step array(std::string name, int turns, bool waits = false) {
      return [this, name = std::move(name), left = turns, waits](auto) mutable {
        if (waits && left == 1)
          gate.wait();
        std::lock_guard lock{mutex};
        made.push_back(name);
        return --left == 0;
      };
    }
  };

  } // namespace

  TEST_CASE("companies take turns, whatever one of them sends") {
    steps all;
    array_worker worker;
    worker.push("bad", all.array("gate", 1, true));
    for (int i = 0; i < 12; ++i)
      worker.push("bad", all.array("bad", 5));
    std::promise<void> done;
    worker.push("good", all.array("good", 2));
    worker.push("good", [&](auto) {
      done.set_value();
      return true;
    });
    all.first_may_end.set_value();
    done.get_future().wait();
    worker.stop();
    std::lock_guard lock{all.mutex};
    // Before each of its turns the other company has at most one.
    size_t good = 0;
    for (size_t i = 0; i < all.made.size() && good < 2; ++i)
      if (all.made[i] == "good") {
        ++good;
        CHECK(i <= 2 * good + 1);
      }
    CHECK(good >= 1);
  }

  TEST_CASE("a stop drops what waits, and what it holds") {
    steps all;
    array_worker worker;
    auto held = std::make_shared<int>(0);
    std::promise<void> begun;
    worker.push("c-1", [&](auto) {
      begun.set_value();
      all.gate.wait();
      return true;
    });
    begun.get_future().wait();
    for (int i = 0; i < 10; ++i)
      worker.push("c-1", [held](auto) { return true; });
    CHECK(held.use_count() == 11);
    std::jthread stopper{[&] { worker.stop(); }};
    all.first_may_end.set_value();
    stopper.join();
    CHECK(held.use_count() == 1);
    worker.push("c-1", [held](auto) { return true; });
    CHECK(held.use_count() == 1);
  }

  TEST_CASE("a worker without an array needs no thread, and ends") {
    array_worker worker;
    worker.stop();
    worker.stop();
  }
}
