// A bell that cannot connect holds nobody up.

#include "base/file/descriptor.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/nodes/node_bell.hpp"
#include "tests/support/own_postgres.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace carillon::test {

TEST_SUITE("persistence/postgres_bell") {
  namespace {

  using namespace std::chrono_literals;

  /// A server that takes connections and says nothing, like one behind a network that drops all.
  class silent_server {
  public:
    silent_server() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof at;
      auto* generic = reinterpret_cast<sockaddr*>(&at);
      REQUIRE(::bind(listener_.get(), generic, size) == 0);
      REQUIRE(::listen(listener_.get(), 8) == 0);
      REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
      port_ = ntohs(at.sin_port);
    }

    std::string url(const std::string& more) const {
      return "postgresql://carillon@127.0.0.1:" + std::to_string(port_) + "/postgres" + more;
    }

    /// Waits for the next connection.
    descriptor accepted(std::chrono::milliseconds most) const {
      pollfd x{listener_.get(), POLLIN, 0};
      ::poll(&x, 1, static_cast<int>(most.count()));
      return descriptor{(x.revents & POLLIN) != 0
                          ? ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)
                          : -1};
    }

  private:
    descriptor listener_;
    uint16_t port_ = 0;
  };

  } // namespace

  TEST_CASE("who waits for a notice waits for no connection") {
    const silent_server server;
    postgres::node_bell bell{server.url("?connect_timeout=3600"), {}};
    bell.listen();
    const auto first = server.accepted(30s);
    REQUIRE(first.get() >= 0);
    // It tries to connect, and the server says nothing.
    bell.wait(1ms);
    bell.ring();
    bell.wait(1h);
    // A ring is heard once.
    bell.wait(1ms);
    // The URL allows an hour. The bell gives up, and tries again.
    const auto second = server.accepted(60s);
    CHECK(second.get() >= 0);
  }

  TEST_CASE("a wait ends when it listens, and by each notice") {
    own_postgres server;
    postgres::node_bell bell{server.url(), {}};
    bell.listen();
    bell.wait(1h);
    server.administer("NOTIFY carillon_nodes");
    bell.wait(1h);
    server.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      "WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()");
    bell.wait(1h);
    server.administer("NOTIFY carillon_nodes");
    bell.wait(1h);
  }

  TEST_CASE("a URL allows less time to connect, and never more") {
    const auto limit_in = [](const std::string& more) {
      const auto all = postgres::with_short_connect("postgresql://db/x" + more, {}, 3s);
      const std::string name = "connect_timeout='";
      const auto from = all.find(name);
      REQUIRE(from != std::string::npos);
      return all.substr(from + name.size(),
                        all.find('\'', from + name.size()) - from - name.size());
    };
    CHECK(limit_in("") == "3");
    CHECK(limit_in("?connect_timeout=2") == "2");
    CHECK(limit_in("?connect_timeout=5") == "3");
    CHECK(limit_in("?connect_timeout=0") == "3");
    CHECK(limit_in("?connect_timeout=-1") == "3");
    CHECK(limit_in("?connect_timeout=soon") == "3");
    // What a store has made of its URL already.
    const auto twice
      = postgres::with_short_connect(postgres::with_limits("postgresql://db/x", {}), {}, 3s);
    CHECK(twice.find("connect_timeout='3'") != std::string::npos);
  }
}

} // namespace carillon::test
