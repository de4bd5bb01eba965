#include "tests/e2e/remote_process.hpp"

#include <doctest/doctest.h>

#include <random>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace carillon::test;
using strings = std::vector<std::string>;

namespace {

struct abuse_fixture {
  explicit abuse_fixture(strings more = {}) {
    more.insert(more.end(), {"--caf-port", "0"});
    node = std::make_unique<node_process>(directory.path() + "/node", more);
    REQUIRE(node->ready());
  }

  std::unique_ptr<remote_process> begin(const strings& arguments, const variables& more = {}) {
    return std::make_unique<remote_process>(directory.path() + "/peers.log", node->caf_port(), "",
                                            arguments, more);
  }

  /// An honest peer, and a publisher by HTTP.
  void check_all_is_well() {
    CHECK(serves(*node));
    auto got = begin({"text", R"({"type":"order.shipped","companyId":"c","data":{"orderId":"o",)"
                              R"("carrier":"x","trackingNumber":"t"}})"})
                 ->lines();
    REQUIRE(got.size() == 1);
    CHECK(got[0].ends_with(" 0  "));
  }

  temporary_directory directory;
  std::unique_ptr<node_process> node;
};

/// A socket that speaks no CAF.
class raw_socket {
public:
  explicit raw_socket(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;
  ~raw_socket() {
    ::close(fd_);
  }

  void send(const std::string& bytes) const {
    static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  /// True if the node closes the connection in time.
  bool ends(int milliseconds = 30'000) const {
    char buffer[4096];
    for (;;) {
      pollfd x{fd_, POLLIN, 0};
      if (::poll(&x, 1, milliseconds) != 1)
        return false;
      if (::recv(fd_, buffer, sizeof buffer, 0) <= 0)
        return true;
    }
  }

private:
  int fd_;
};

void put(std::string& out, uint64_t x, int bytes) {
  for (int i = bytes - 1; i >= 0; --i)
    out += static_cast<char>(x >> (8 * i));
}

/// A header of BASP.
std::string header(uint8_t operation, uint8_t flags, uint32_t size, uint64_t data, uint64_t source,
                   uint64_t to) {
  std::string out{static_cast<char>(operation), 0, 0, static_cast<char>(flags)};
  put(out, size, 4);
  put(out, data, 8);
  put(out, source, 8);
  put(out, to, 8);
  return out;
}

} // namespace

TEST_SUITE("e2e/remote_abuse") {
  TEST_CASE("garbage ends its own connection only, and the log says why") {
    abuse_fixture x;
    auto honest = x.begin({"idle"});
    REQUIRE(honest->line() == "ready");
    auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random{seed};
    for (int i = 0; i < 12; ++i) { // fewer than the lines a second that the log takes
      std::string bytes(32 + random() % 500, ' ');
      for (auto& c : bytes)
        c = static_cast<char>(random());
      // Never a heartbeat or a handshake by chance.
      bytes[0] = static_cast<char>(7 + random() % 200);
      raw_socket socket{x.node->caf_port()};
      socket.send(bytes);
      CHECK(socket.ends());
    }
    CHECK(logs(*x.node, "sent what is no frame of CAF; disconnected"));
    // A valid header with a huge length, before and instead of a handshake.
    raw_socket huge{x.node->caf_port()};
    huge.send(header(1, 0, 0xffffffff, 0, 0, 0));
    CHECK(huge.ends());
    CHECK(logs(*x.node, "announced a frame of 4294967295 bytes; at most 4194304 are taken"));
    raw_socket early{x.node->caf_port()};
    early.send(header(2, 0, 4, 2, 1, 1) + "abcd");
    CHECK(early.ends());
    CHECK(logs(*x.node, "sent a frame before its handshake"));
    x.check_all_is_well();
  }

  TEST_CASE("a connection without a handshake is closed after its deadline") {
    abuse_fixture x;
    raw_socket silent{x.node->caf_port()};
    raw_socket truncated{x.node->caf_port()};
    truncated.send(header(1, 0, 33, 0, 0, 0).substr(0, 20));
    CHECK(silent.ends());
    CHECK(truncated.ends());
    CHECK(logs(*x.node, "no handshake within 10000 ms"));
    x.check_all_is_well();
  }

  TEST_CASE("one connection too many is closed, and there is room again") {
    abuse_fixture x{{"--caf-connections", "20"}};
    std::vector<std::unique_ptr<raw_socket>> all;
    for (int i = 0; i < 100; ++i)
      all.push_back(std::make_unique<raw_socket>(x.node->caf_port()));
    for (int i = 20; i < 100; ++i)
      CHECK(all[static_cast<size_t>(i)]->ends());
    CHECK(logs(*x.node, "too many connections (--caf-connections)"));
    CHECK(serves(*x.node));
    all.clear();
    x.check_all_is_well();
  }

  TEST_CASE("exit messages and links of a peer end nothing") {
    abuse_fixture x;
    auto got = x.begin({"exits"})->lines();
    REQUIRE(got.size() == 1);
    CHECK(got[0].ends_with(" 0  "));
    CHECK(logs(*x.node, "such messages are dropped"));
    x.check_all_is_well();
  }

  TEST_CASE("a peer of another application is refused by itself, and the log tells it") {
    abuse_fixture x;
    auto got = x.begin({"refused"}, {{"REMOTE_APPLICATION", "other.1"}})->lines();
    REQUIRE(got.size() == 1);
    CHECK(got[0].starts_with("error timeout"));
    CHECK(logs(*x.node, "it has another application identifier"));
    x.check_all_is_well();
  }

  TEST_CASE("a stop waits neither for a silent connection nor for a peer that hangs") {
    abuse_fixture x;
    auto stopped = x.begin({"subscribe", "slow"});
    auto idle = x.begin({"idle"});
    raw_socket silent{x.node->caf_port()};
    REQUIRE(idle->line() == "ready");
    CHECK(serves(*x.node));
    CHECK(!stopped->line().empty());
    stopped->child().signal(SIGSTOP);
    x.node->child().signal(SIGTERM);
    CHECK(x.node->child().wait(std::chrono::seconds{8}) == 0);
    stopped->child().signal(SIGCONT);
  }

  TEST_CASE("a killed peer, and one that is stopped, harm nobody") {
    abuse_fixture x;
    auto killed = x.begin({"idle"});
    auto stopped = x.begin({"subscribe", "slow"});
    auto other = x.begin({"subscribe", "fast"});
    REQUIRE(killed->line() == "ready");
    CHECK(serves(*x.node));
    CHECK(!stopped->line().empty());
    CHECK(!other->line().empty());
    killed->child().kill();
    CHECK(logs(*x.node, "the connection is closed"));
    stopped->child().signal(SIGSTOP);
    for (int i = 0; i < 50; ++i) {
      CHECK(serves(*x.node));
      CHECK(!other->line().empty());
    }
    CHECK(logs(*x.node, "not even a heartbeat", std::chrono::seconds{40}));
    // It connects again, and gets what it missed.
    stopped->child().signal(SIGCONT);
    for (int i = 0; i < 50; ++i)
      CHECK(!stopped->line().empty());
    x.check_all_is_well();
  }
}
