#include "net/data/wire.hpp"

#include "tests/net/tls/tls_client.hpp"
#include "tests/support/process.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <poll.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data wire") {
  namespace {

  /// A wire with TLS after its handshake, and the client at its other end.
  struct shaken {
    using tcp = boost::asio::ip::tcp;

    temporary_directory directory;
    boost::asio::io_context loop;
    std::unique_ptr<tls_client> client;
    std::optional<data::wire> wire;
    boost::system::error_code error;
    std::array<char, 64> to{};

    shaken() {
      std::signal(SIGPIPE, SIG_IGN);
      const certificate authority{{.host = "authority.test", .authority = true}};
      write_tls_files(directory.path(), certificate{{.host = "node.test"}, &authority}, authority);
      auto context = tls_context::open(
        {.certificate = directory.path() + "/own.pem", .key = directory.path() + "/own.key"}, {});
      REQUIRE(context.has_value());
      tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
      std::jthread shaking{[&, port = acceptor.local_endpoint().port()] {
        client = std::make_unique<tls_client>(port);
      }};
      auto socket = acceptor.accept();
      auto tls = std::make_unique<tls_session>(*context, socket.native_handle());
      REQUIRE(tls->accept() == tls_session::result::done);
      shaking.join();
      REQUIRE(client->connected());
      wire.emplace(std::move(socket), std::move(tls));
    }

    size_t receive() {
      return wire->receive(boost::asio::buffer(to), error);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(shaken, "a closed wire leaves the descriptor alone that has its number now") {
    const int number = wire->native_handle();
    wire->close();
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
    // One of the two may have got the number already.
    if (pair[1] == number)
      std::swap(pair[0], pair[1]);
    if (pair[0] != number) {
      REQUIRE(::dup2(pair[0], number) == number);
      ::close(pair[0]);
    }
    const std::string theirs = "bytes of another";
    REQUIRE(::write(pair[1], theirs.data(), theirs.size()) > 0);
    CHECK(receive() == 0);
    CHECK(error == boost::asio::error::bad_descriptor);
    std::string ours = "ours";
    const iovec part{ours.data(), ours.size()};
    CHECK(wire->send({&part, 1}, error) == 0);
    CHECK(error == boost::asio::error::bad_descriptor);
    wire->end_sending();
    wire->close();
    CHECK(::read(number, to.data(), to.size()) == static_cast<ssize_t>(theirs.size()));
    CHECK(::read(pair[1], to.data(), to.size()) == -1);
    ::close(number);
    ::close(pair[1]);
  }

  TEST_CASE_FIXTURE(shaken, "a client that changes keys again and again does not keep a read") {
    for (int i = 0; i < 3; ++i) {
      REQUIRE(SSL_key_update(client->session(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
      REQUIRE(SSL_do_handshake(client->session()) == 1);
    }
    REQUIRE(client->send("x"));
    // The loopback may take its time on a busy machine.
    const auto receive_next = [&] {
      pollfd waiting{wire->native_handle(), POLLIN, 0};
      REQUIRE(::poll(&waiting, 1, 10'000) == 1);
      return receive();
    };
    int reads = 0;
    while (receive_next() == 0 && reads < 1'000) {
      REQUIRE(error == boost::asio::error::would_block);
      ++reads;
    }
    CHECK(to[0] == 'x');
    CHECK(reads == 3);
  }
}
