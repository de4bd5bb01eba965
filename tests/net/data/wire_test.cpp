#include "net/data/wire.hpp"

#include "tests/net/tls/tls_client.hpp"
#include "tests/support/process.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data wire") {
  TEST_CASE("a closed wire leaves the descriptor alone that has its number now") {
    using tcp = boost::asio::ip::tcp;
    std::signal(SIGPIPE, SIG_IGN);
    temporary_directory directory;
    const certificate authority{{.host = "authority.test", .authority = true}};
    write_tls_files(directory.path(), certificate{{.host = "node.test"}, &authority}, authority);
    auto context = tls_context::open(
      {.certificate = directory.path() + "/own.pem", .key = directory.path() + "/own.key"}, {});
    REQUIRE(context.has_value());
    boost::asio::io_context loop;
    tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    std::unique_ptr<tls_client> client;
    std::jthread shaking{[&, port = acceptor.local_endpoint().port()] {
      client = std::make_unique<tls_client>(port);
    }};
    auto socket = acceptor.accept();
    const int number = socket.native_handle();
    auto tls = std::make_unique<tls_session>(*context, number);
    REQUIRE(tls->accept() == tls_session::result::done);
    shaking.join();
    REQUIRE(client->connected());
    data::wire x{std::move(socket), std::move(tls)};
    x.close();

    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
    // One of the two may have got the number already.
    if (pair[0] != number && pair[1] == number)
      std::swap(pair[0], pair[1]);
    if (pair[0] != number) {
      REQUIRE(::dup2(pair[0], number) == number);
      ::close(pair[0]);
    }
    const std::string theirs = "bytes of another";
    REQUIRE(::write(pair[1], theirs.data(), theirs.size()) > 0);

    std::array<char, 64> to{};
    boost::system::error_code error;
    CHECK(x.receive(boost::asio::buffer(to), error) == 0);
    CHECK(error == boost::asio::error::bad_descriptor);
    std::string ours = "ours";
    const iovec part{ours.data(), ours.size()};
    CHECK(x.send({&part, 1}, error) == 0);
    CHECK(error == boost::asio::error::bad_descriptor);
    x.end_sending();
    x.close();
    CHECK(::read(number, to.data(), to.size()) == static_cast<ssize_t>(theirs.size()));
    CHECK(::read(pair[1], to.data(), to.size()) == -1);
    ::close(number);
    ::close(pair[1]);
  }
}
