#include "net/remote/peer_table.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::remote;
using namespace std::chrono_literals;

TEST_SUITE("net/remote/peer_table") {
  TEST_CASE("a peer is cut without a handshake in time, and when it falls silent") {
    std::vector<std::pair<std::optional<remote_refusal>, std::string>> told;
    peer_table peers{{.connections = 2, .handshake = 10s, .silence = 15s}};
    auto make = [&] {
      auto out
        = std::make_shared<peer>(-1, "192.0.2.1", uint16_t{5},
                                 [&](std::optional<remote_refusal> reason, const std::string& x) {
                                   told.emplace_back(reason, x);
                                 });
      CHECK(peers.add(out));
      return out;
    };
    auto slow = make();
    auto joined = make();
    joined->join();
    auto begin = slow->since();
    peers.sweep(begin + 9s);
    CHECK(told.empty());
    peers.sweep(begin + 11s);
    CHECK(slow->is_cut());
    CHECK_FALSE(joined->is_cut());
    peers.sweep(joined->last_seen() + 16s);
    CHECK(joined->is_cut());
    // Each is told once.
    peers.sweep(begin + 60s);
    slow->over(std::nullopt, "the connection is closed");
    REQUIRE(told.size() == 2);
    CHECK(told[0].first == remote_refusal::handshake);
    CHECK(told[1].first == remote_refusal::silence);
    CHECK(told[1].second.starts_with("CAF peer 192.0.2.1 port 5: nothing came for"));
    CHECK_FALSE(peers.add(slow));
    peers.remove(slow);
    CHECK(peers.add(slow));
  }
}
