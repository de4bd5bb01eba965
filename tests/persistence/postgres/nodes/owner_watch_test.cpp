#include "persistence/postgres/nodes/owner_watch.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace carillon;
using namespace carillon::postgres;
using namespace std::chrono_literals;

TEST_SUITE("persistence/owner_watch") {
  namespace {

  struct watched {
    owner_watch watch;
    boot_clock::time_point now{1h};
    std::vector<node_record> nodes;

    node_record& add(const std::string& incarnation, node_state state) {
      node_record x;
      x.who.name = "node";
      x.who.incarnation = incarnation;
      x.state = state;
      nodes.push_back(std::move(x));
      return nodes.back();
    }

    /// Looks every quarter of a second for that long, while the first node beats or is silent.
    succession watch_for(std::chrono::milliseconds time, bool beats, bool held) {
      auto out = succession::wait;
      for (auto end = now + time; now < end;) {
        now += 250ms;
        if (beats)
          ++nodes.front().beat;
        out = watch.look(nodes, held, now);
      }
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(watched,
                    "an owner that beats keeps its place, with the lock or for now without") {
    add("a", node_state::active);
    CHECK(watch_for(30s, true, true) == succession::wait);
    CHECK(watch_for(30s, true, false) == succession::wait);
    CHECK(nodes.front().silent == 0ms);
  }

  TEST_CASE_FIXTURE(watched, "an owner that is silent for five seconds is dead") {
    add("a", node_state::active);
    CHECK(watch_for(10s, true, true) == succession::wait);
    CHECK(watch_for(4'750ms, false, true) == succession::wait);
    CHECK(watch_for(500ms, false, true) == succession::end_and_take);
    CHECK(nodes.front().silent >= 5s);
    CHECK(watch_for(250ms, false, false) == succession::take);
    // It was only late.
    CHECK(watch_for(250ms, true, true) == succession::wait);
  }

  TEST_CASE_FIXTURE(watched,
                    "one that left is waited for as long as it has the lock, and no longer") {
    add("a", node_state::stopped);
    CHECK(watch_for(250ms, false, true) == succession::wait_for_taker);
    CHECK(watch_for(250ms, false, false) == succession::take);
  }

  TEST_CASE_FIXTURE(watched, "a holder that no row tells of is left alone") {
    CHECK(watch_for(60s, false, true) == succession::wait_for_taker);
    add("b", node_state::standby);
    add("c", node_state::lost);
    CHECK(watch_for(60s, false, true) == succession::wait_for_taker);
    CHECK(watch_for(250ms, false, false) == succession::take);
  }

  TEST_CASE_FIXTURE(watched, "whoever could not look gives the owner a whole term") {
    add("a", node_state::active);
    CHECK(watch_for(4s, false, true) == succession::wait);
    SUBCASE("since the database was away") {
      watch.lost_sight();
    }
    SUBCASE("since it stood still itself") {
      now += 1h;
    }
    CHECK(watch_for(4'750ms, false, true) == succession::wait);
    CHECK(watch_for(1s, false, true) == succession::end_and_take);
  }

  TEST_CASE_FIXTURE(watched, "of several that were owners, one that beats is enough") {
    add("a", node_state::active);
    add("old", node_state::active);
    CHECK(watch_for(20s, true, true) == succession::wait);
    CHECK(watch_for(6s, false, true) == succession::end_and_take);
  }

  TEST_CASE_FIXTURE(watched, "a beat that goes back, as after a restore, is a beat") {
    add("a", node_state::active).beat = 100;
    CHECK(watch_for(4s, false, true) == succession::wait);
    nodes.front().beat = 3;
    CHECK(watch_for(4s, false, true) == succession::wait);
  }

  TEST_CASE("names of nodes are safe in the name of a connection") {
    CHECK(is_node_name("a"));
    CHECK(is_node_name("db-1.example_com"));
    CHECK(is_node_name(std::string(40, 'x')));
    for (const auto* x : {"", "a/b", "a'b", "a b", "a\nb", "ä"})
      CHECK_FALSE(is_node_name(x));
    CHECK_FALSE(is_node_name(std::string(41, 'x')));
  }
}
