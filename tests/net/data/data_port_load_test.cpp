#include "tests/net/data/data_port_fixture.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port load") {
  namespace {

  /// Raises the limit on descriptors as far as it goes; both ends live in this process.
  size_t connections_possible() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8'192);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 200 ? (limit.rlim_cur - 100) / 2 : 50;
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "two thousand connections publish at the same time") {
    auto count = std::min<size_t>(2'000, connections_possible());
    router.set_mode(fake_router::mode::elsewhere);
    start();
    std::vector<raw_client> clients;
    clients.reserve(count);
    for (size_t i = 0; i < count; ++i)
      clients.push_back(connect());
    for (int round = 0; round < 2; ++round) {
      for (size_t i = 0; i < count; ++i)
        REQUIRE(clients[i].send(post(event_json("l-" + std::to_string(i)))));
      for (size_t i = 0; i < count; ++i)
        REQUIRE(clients[i].read().has("\"l-" + std::to_string(i) + "\""));
    }
    CHECK(stats->connections == count);
    CHECK(router.drafts().size() == 2 * count);
    CHECK(router.calls().size() < 2 * count);
    clients.clear();
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "many pipelined requests come back complete and in order") {
    router.set_mode(fake_router::mode::elsewhere);
    start();
    auto client = connect();
    constexpr size_t count = 5'000;
    std::thread sender{[&] {
      std::string burst;
      for (size_t i = 0; i < count; ++i) {
        burst += post(event_json("p-" + std::to_string(i)));
        if (burst.size() > 30'000 || i + 1 == count)
          client.send(std::exchange(burst, {}));
      }
    }};
    size_t right = 0;
    for (size_t i = 0; i < count; ++i)
      right += client.read().has("\"p-" + std::to_string(i) + "\"") ? 1 : 0;
    sender.join();
    CHECK(right == count);
  }
}
