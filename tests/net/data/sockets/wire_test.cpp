#include "net/data/sockets/wire.hpp"

#include "tests/net/tls/tls_client.hpp"
#include "tests/support/process.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
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
    /// Smaller than most records, if a test does not change it.
    std::string to = std::string(64, '\0');

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
      auto tls = std::make_unique<tls_session>(*context, socket.native_handle(),
                                               tls_session::reading::ahead);
      REQUIRE(tls->accept() == tls_session::result::done);
      shaking.join();
      REQUIRE(client->connected());
      wire.emplace(std::move(socket), std::move(tls));
    }

    size_t receive() {
      return wire->receive(boost::asio::buffer(to), error);
    }

    /// What the client has sent goes through the loopback, which may take its time.
    bool arrives() {
      pollfd at{wire->native_handle(), POLLIN, 0};
      return ::poll(&at, 1, 10'000) == 1;
    }

    /// Reads as connections do, and goes on until the end or an error.
    void read_on(std::string& got) {
      wire->async_read_some(boost::asio::buffer(to),
                            [this, &got](const auto& failed, size_t count) {
                              got.append(to.data(), count);
                              error = failed;
                              if (!failed)
                                read_on(got);
                            });
    }

    /// True once the loop has read so much; false after a deadline.
    bool runs_until(const std::string& got, size_t size) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
      while (got.size() < size && std::chrono::steady_clock::now() < end)
        loop.run_one_until(end);
      return got.size() >= size;
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
    client->keep();
    for (int i = 0; i < 3; ++i)
      REQUIRE(client->change_keys());
    REQUIRE(client->send("x"));
    REQUIRE(client->send_raw(client->kept()));
    // All of it is received by the first read, and nothing more comes.
    const auto receive_next = [&] {
      bool is_ready = false;
      wire->wait_readable([&](const auto& failed) { is_ready = !failed; });
      loop.restart();
      loop.run_one_for(std::chrono::seconds{10});
      REQUIRE(is_ready);
      return receive();
    };
    int reads = 0;
    while (receive_next() == 0 && reads < 1'000) {
      REQUIRE(error == boost::asio::error::would_block);
      ++reads;
    }
    CHECK(to[0] == 'x');
    CHECK(reads == 3);
    CHECK(receive() == 0);
    CHECK(error == boost::asio::error::would_block);
  }

  TEST_CASE_FIXTURE(shaken, "a record that arrives a byte at a time is read when it is whole") {
    client->keep();
    REQUIRE(client->send("whole"));
    const auto record = client->kept();
    for (size_t i = 0; i < record.size(); ++i) {
      REQUIRE(client->send_raw({&record[i], 1}));
      REQUIRE(arrives());
      const auto count = receive();
      const auto is_whole = i + 1 == record.size();
      REQUIRE(std::string(to.data(), count) == (is_whole ? "whole" : ""));
      REQUIRE((error == boost::asio::error::would_block) == !is_whole);
    }
  }

  TEST_CASE_FIXTURE(shaken, "a record in two parts, cut at each byte, is read when it is whole") {
    to.resize(4'096);
    client->keep();
    std::string got;
    std::string sent;
    read_on(got);
    for (size_t cut = 1, size = 2; cut < size; ++cut) {
      CAPTURE(cut);
      REQUIRE(client->send("whole"));
      const auto record = client->kept();
      size = record.size();
      REQUIRE(client->send_raw({record.data(), cut}));
      loop.poll();
      REQUIRE(got == sent);
      REQUIRE(client->send_raw(std::string_view{record}.substr(cut)));
      sent += "whole";
      REQUIRE(runs_until(got, sent.size()));
      REQUIRE(got == sent);
    }
    wire->close();
    loop.run_for(std::chrono::seconds{10});
  }

  TEST_CASE_FIXTURE(shaken, "the end of a long record does not overwrite what comes with it") {
    to.resize(16'384);
    client->keep();
    std::string got;
    std::string sent;
    read_on(got);
    for (size_t rest : {1, 100, 5'000, 12'000}) {
      CAPTURE(rest);
      sent += std::string(16'000, 'a');
      REQUIRE(client->send(std::string(16'000, 'a')));
      const auto begin = client->kept();
      REQUIRE(client->send_raw({begin.data(), begin.size() - rest}));
      loop.poll();
      for (int i = 0; i < 5; ++i) {
        sent += std::string(200, 'b');
        REQUIRE(client->send(std::string(200, 'b')));
      }
      REQUIRE(client->send_raw(begin.substr(begin.size() - rest) + client->kept()));
      CHECK(runs_until(got, sent.size()));
      REQUIRE(got == sent);
    }
    wire->close();
    loop.run_for(std::chrono::seconds{10});
  }

  TEST_CASE_FIXTURE(shaken, "bytes behind new keys, in one segment, are read without more") {
    to.resize(4'096);
    client->keep();
    std::string got;
    std::string sent;
    read_on(got);
    for (int asks_for_theirs : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED})
      for (int changes = 1; changes < 40; ++changes) {
        CAPTURE(changes);
        for (int i = 0; i < changes; ++i)
          REQUIRE(client->change_keys(asks_for_theirs));
        REQUIRE(client->send("a"));
        REQUIRE(client->change_keys());
        REQUIRE(client->send("b"));
        sent += "ab";
        REQUIRE(client->send_raw(client->kept()));
        REQUIRE(runs_until(got, sent.size()));
        REQUIRE(got == sent);
      }
    wire->close();
    loop.run_for(std::chrono::seconds{10});
  }

  TEST_CASE_FIXTURE(shaken, "what is sent amid a read comes, and the read goes on") {
    to.resize(4'096);
    std::string got;
    read_on(got);
    loop.poll();
    for (int i = 0; i < 3; ++i) {
      std::string answer = "answer";
      const iovec part{answer.data(), answer.size()};
      REQUIRE(wire->send({&part, 1}, error) == answer.size());
      CHECK(client->reads("answer", 1));
      REQUIRE(client->send("ask"));
      CHECK(runs_until(got, 3 * static_cast<size_t>(i + 1)));
    }
    CHECK(got == "askaskask");
    wire->close();
    loop.run_for(std::chrono::seconds{10});
    CHECK(error);
  }

  TEST_CASE_FIXTURE(shaken, "a client that only stops sending is answered") {
    std::string got;
    read_on(got);
    REQUIRE(client->send("last"));
    REQUIRE(::shutdown(SSL_get_fd(client->session()), SHUT_WR) == 0);
    loop.run_for(std::chrono::seconds{10});
    CHECK(got == "last");
    CHECK(error == boost::asio::error::eof);
    std::string answer = "answer";
    const iovec part{answer.data(), answer.size()};
    CHECK(wire->send({&part, 1}, error) == answer.size());
    CHECK(client->reads("answer", 1));
  }

  TEST_CASE_FIXTURE(shaken, "a read that is smaller than a record leaves the rest to the next") {
    client->keep();
    REQUIRE(client->send(std::string(100, 'a')));
    REQUIRE(client->send(std::string(30, 'b')));
    REQUIRE(client->send_raw(client->kept()));
    std::string got;
    read_on(got);
    CHECK(runs_until(got, 130));
    CHECK(got == std::string(100, 'a') + std::string(30, 'b'));
  }

  TEST_CASE_FIXTURE(shaken, "the end that comes with the last bytes is seen behind them") {
    client->keep();
    REQUIRE(client->send("last"));
    REQUIRE(SSL_shutdown(client->session()) == 0);
    REQUIRE(client->send_raw(client->kept()));
    std::string got;
    read_on(got);
    loop.run_for(std::chrono::seconds{10});
    CHECK(got == "last");
    CHECK(error == boost::asio::error::eof);
  }

  TEST_CASE_FIXTURE(shaken, "records of any size, cut anywhere, are read in order") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    // Of connections: while they are idle, behind one that fills it, and amid a large body.
    for (size_t bytes : {64, 4'096, 16'384, 65'536})
      SUBCASE(std::to_string(bytes).c_str()) {
        to.resize(bytes);
      }
    const auto up_to = [&](size_t most) {
      return std::uniform_int_distribution<size_t>{1, most}(random);
    };
    client->keep();
    std::string sent;
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
      if (up_to(5) == 1)
        REQUIRE(client->change_keys());
      // About what is read by one call, and the most of a record, are of interest.
      const auto size = up_to(3) == 1 ? 4'060 + up_to(60) : up_to(i % 7 == 0 ? 16'384 : 200);
      sent.append(size, static_cast<char>('a' + i % 26));
      REQUIRE(client->send(std::string_view{sent}.substr(sent.size() - size)));
      bytes += client->kept();
    }
    std::string got;
    read_on(got);
    for (size_t at = 0; at < bytes.size();) {
      const auto n = std::min(bytes.size() - at, up_to(up_to(2) == 1 ? 60 : 9'000));
      REQUIRE(client->send_raw(std::string_view{bytes}.substr(at, n)));
      at += n;
      loop.poll();
    }
    CHECK(runs_until(got, sent.size()));
    CHECK(got == sent);
    wire->close();
    loop.run_for(std::chrono::seconds{10});
  }
}
