#include "actors/consumers/delivery_window.hpp"

#include "tests/actors/consumers/delivery_window_policy.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// A random walk against a model of the store.

TEST_SUITE("actors/delivery_window") {
  namespace {

  /// Durable state, and effects outside.
  struct world {
    position cursor = 0;
    std::map<delivery_key, retry_row> rows;
    std::map<position, int> dead;
    std::map<position, int> successes;
    /// First successes and dead letters in their order.
    std::vector<position> order;

    void apply(const consumer_commit& x) {
      REQUIRE(x.cursor >= cursor);
      cursor = x.cursor;
      for (const auto& row : x.upsert_retries)
        rows[{row.seq, row.replay_id}] = row;
      for (auto [seq, replay] : x.erase_retries)
        rows.erase({seq, replay});
      for (const auto& letter : x.dead_letters)
        ++dead[letter.seq];
    }

    std::vector<retry_row> stored_rows() const {
      std::vector<retry_row> out;
      for (const auto& [key, row] : rows)
        out.push_back(row);
      return out;
    }
  };

  /// @param in_flight as in the policy; a crash may repeat at most so many successes
  void walk(delivery_order order, unsigned seed, bool crash, size_t in_flight = 0,
            uint32_t max_per_key = 1) {
    CAPTURE(seed);
    CAPTURE(static_cast<int>(order));
    std::mt19937 rng{seed};
    auto chance = [&](int percent) { return static_cast<int>(rng() % 100) < percent; };
    constexpr position last = 120;
    auto policy = policy_of(order, 3, in_flight > 0 ? 40 : 6);
    policy.in_flight = in_flight;
    policy.max_per_key = max_per_key;
    world w;
    auto now = t0;
    int crashes = 0;
    std::vector<event_ptr> log;
    for (position i = 1; i <= last; ++i)
      log.push_back(test::make_event(i, std::string(1, static_cast<char>('a' + rng() % 4))));
    auto matching = [&](position i) { return i % 5 != 0; };

    auto window = std::make_unique<delivery_window>(policy, 0, std::vector<retry_row>{});
    position next = 1;
    std::vector<delivery_key> running;
    auto done = [&](position seq) {
      if (++w.successes[seq] == 1)
        w.order.push_back(seq);
    };
    // As in the consumer: completions that are not stored keep their place.
    size_t answered = 0;
    auto room = [&]() -> size_t {
      return in_flight > 0 ? in_flight - std::min(in_flight, running.size() + answered) : 3;
    };
    for (int step = 0; step < 20'000; ++step) {
      while (next <= last && window->room() > 0 && chance(70)) {
        if (matching(next))
          window->offer(log[next - 1]);
        else
          window->pass(next);
        ++next;
      }
      for (auto& x : window->start_new(room(), now))
        running.push_back({x->seq, 0});
      for (auto& row : window->start_due(room(), now)) {
        if (row.attempts >= policy.max_attempts) {
          window->give_up({row.seq, 0}, dead_letter{.seq = row.seq});
          if (!w.successes.contains(row.seq))
            w.order.push_back(row.seq);
        } else {
          running.push_back({row.seq, 0});
        }
      }
      if (!running.empty() && chance(60)) {
        auto i = running.begin() + static_cast<std::ptrdiff_t>(rng() % running.size());
        auto key = *i;
        running.erase(i);
        ++answered;
        if (chance(45)) {
          window->failed(key, "x", now);
        } else {
          window->succeeded(key);
          done(key.seq);
        }
      }
      if (order == delivery_order::per_key) {
        std::map<std::string, uint32_t> of_key;
        for (const auto& x : running)
          REQUIRE(++of_key[log[x.seq - 1]->company_id] <= max_per_key);
      }
      REQUIRE(window->waiting() <= policy.window);
      REQUIRE(window->running() == running.size());
      if (chance(30) && window->changed()) {
        consumer_commit commit;
        commit.now = now;
        window->take_changes(commit);
        w.apply(commit);
        answered = std::min(answered, window->done_ahead());
      }
      if (crash && chance(1) && crashes < 20) {
        ++crashes;
        answered = 0;
        window = std::make_unique<delivery_window>(policy, w.cursor, w.stored_rows());
        next = w.cursor + 1;
        running.clear();
        // A start takes time, and rows are due before the events are read again.
        now += std::chrono::seconds{rng() % 10};
      }
      now += std::chrono::milliseconds{rng() % 500};
      if (w.cursor == last && w.rows.empty() && running.empty())
        break;
    }
    CHECK(w.cursor == last);
    CHECK(w.rows.empty());
    int repeats = 0;
    for (position i = 1; i <= last; ++i) {
      repeats += std::max(w.successes[i], 1) - 1;
      CAPTURE(i);
      if (!matching(i))
        CHECK((w.successes[i] == 0 && w.dead[i] == 0));
      else
        CHECK(w.successes[i] + w.dead[i] >= 1);
      CHECK(w.dead[i] <= 1);
    }
    if (in_flight > 0)
      CHECK(repeats <= crashes * static_cast<int>(in_flight));
    // In order: within a key (or over all), first settlements never go backwards. A crash may lose
    // out-of-order completions, so this is checked only for walks without one.
    if (!crash && order != delivery_order::none && max_per_key == 1) {
      std::map<std::string, position> newest;
      for (auto seq : w.order) {
        auto key = order == delivery_order::total ? std::string{} : log[seq - 1]->company_id;
        CHECK(seq > newest[key]);
        newest[key] = seq;
      }
    }
  }

  } // namespace

  TEST_CASE("every event is settled whatever fails and whenever it crashes") {
    for (unsigned seed = 1; seed <= 60; ++seed)
      for (auto order : {delivery_order::none, delivery_order::per_key, delivery_order::total})
        for (bool crash : {true, false})
          walk(order, seed, crash);
  }

  TEST_CASE("with several events of a key at a time every event is settled, too") {
    for (unsigned seed = 1; seed <= 100; ++seed)
      for (uint32_t max_per_key : {2, 3, 64})
        for (bool crash : {true, false})
          walk(delivery_order::per_key, seed, crash, 0, max_per_key);
  }

  TEST_CASE("a crash repeats at most what may be in flight") {
    for (unsigned seed = 1; seed <= 200; ++seed)
      for (size_t in_flight : {1, 2, 5, 10})
        walk(delivery_order::none, seed, true, in_flight);
  }
}
