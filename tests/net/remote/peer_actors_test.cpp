#include "net/remote/peer_actors.hpp"

#include <doctest/doctest.h>

using namespace carillon::remote;

TEST_SUITE("net/remote/peer_actors") {
  TEST_CASE("sessions belong to the peer until they end") {
    peer_actors x;
    x.own(3);
    x.own(4);
    CHECK(x.owns(3));
    CHECK_FALSE(x.owns(5));
    CHECK(x.sessions() == 2);
    x.ended(3);
    CHECK_FALSE(x.owns(3));
    CHECK(x.sessions() == 1);
  }

  TEST_CASE("a message more than may wait is not taken until one is handled") {
    peer_actors x;
    for (size_t i = 0; i < peer_actors::most_waiting; ++i)
      REQUIRE(x.arrived(i % 2 + 1, 1));
    CHECK_FALSE(x.arrived(1, 1));
    x.took(2);
    CHECK(x.arrived(1, 1));
    CHECK_FALSE(x.arrived(2, 1));
  }

  TEST_CASE(
    "so are bytes, which an actor gives back in the order of its messages, and at its end") {
    peer_actors x;
    const auto half = peer_actors::most_waiting_bytes / 2;
    CHECK(x.arrived(1, half));
    CHECK(x.arrived(1, half - 1));
    CHECK_FALSE(x.arrived(2, 2));
    CHECK(x.arrived(2, 1));
    x.took(1);
    CHECK_FALSE(x.arrived(2, half + 1));
    CHECK(x.arrived(2, half));
    x.ended(1);
    CHECK_FALSE(x.arrived(2, half));
    CHECK(x.arrived(2, half - 1));
    // Of nobody.
    x.took(7);
    x.ended(7);
    CHECK_FALSE(x.arrived(2, 1));
  }
}
