#include "net/tls/tls_certificates.hpp"
#include "tests/net/data/data_port_fixture.hpp"
#include "tests/net/tls/tls_client.hpp"
#include "tests/support/process.hpp"

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port tls") {
  namespace {

  struct tls_port : port_fixture {
    temporary_directory directory;
    certificate authority{{.host = "authority.test", .authority = true}};
    certificate first{{.host = "node.test"}, &authority};
    certificate second{{.host = "node.test"}, &authority};
    std::shared_ptr<tls_certificates> certificates;

    tls_port() {
      // OpenSSL's clients write to connections that the port has closed.
      std::signal(SIGPIPE, SIG_IGN);
      write(first);
    }

    void write(const certificate& own) const {
      write_tls_files(directory.path(), own, authority);
    }

    /// @param asks clients show a certificate of the authority
    void start_tls(bool asks = false) {
      auto at = [&](const char* name) { return directory.path() + '/' + name; };
      certificates = std::make_shared<tls_certificates>(
        tls_files{at("own.pem"), at("own.key"), asks ? at("ca.pem") : std::string{}},
        tls_purpose{.http = true});
      REQUIRE(certificates->reload().has_value());
      start();
    }

    data_port_backend backend() override {
      auto out = port_fixture::backend();
      out.certificates = certificates;
      return out;
    }

    bool answers(const tls_client::settings& x = {}) const {
      tls_client client{port->port(), x};
      return client.ask(health).starts_with("HTTP/1.1 200 ");
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(tls_port, "events are published over TLS, several on a connection") {
    start_tls();
    tls_client client{port->port()};
    REQUIRE(client.connected());
    CHECK(client.sees(first));
    CHECK(client.ask(post(event_json("a"))).starts_with("HTTP/1.1 201 "));
    CHECK(client.ask(post(event_json("b"))).starts_with("HTTP/1.1 201 "));
    // More than a record, and more than the receive buffer.
    std::string many = "[" + event_json("0");
    for (int i = 1; i < 4'000; ++i)
      many += "," + event_json(std::to_string(i));
    auto answer = client.ask(post(many + "]"));
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.find(R"("id":"3999")") != std::string::npos);
    CHECK(router.drafts().size() == 4'002);
  }

  TEST_CASE_FIXTURE(tls_port, "a client that reads late gets every answer") {
    start_tls();
    const auto one = tls_client{port->port()}.ask(health).size();
    std::string burst;
    for (int i = 0; i < 100; ++i)
      burst += health;
    tls_client client{port->port()};
    client.stop_waiting();
    size_t sent = 0;
    // Past some unread answers the port does not read either.
    for (bool takes = true; takes && sent < 5'000;) {
      if (client.try_send(burst))
        ++sent;
      else
        takes = client.wait_for(POLLOUT, 300);
    }
    REQUIRE(sent < 5'000);
    const auto wanted = (sent + 1) * 100 * one;
    bool all_sent = false;
    size_t got = 0;
    while (got < wanted && client.wait_for(POLLIN, 10'000)) {
      all_sent = all_sent || client.try_send(burst);
      while (auto count = client.try_read())
        got += count;
    }
    CHECK(all_sent);
    CHECK(got == wanted);
  }

  TEST_CASE_FIXTURE(tls_port, "a client that does not wait finds the end of its connection") {
    start_tls();
    tls_client client{port->port()};
    REQUIRE(client.connected());
    client.stop_waiting();
    // The port answers and closes.
    REQUIRE(client.try_send("no request\r\n\r\n"));
    size_t got = 0;
    while (client.wait_for(POLLIN, 10'000))
      while (auto count = client.try_read())
        got += count;
    CHECK(got > 0);
    CHECK_FALSE(client.wait_for(POLLOUT, 0));
  }

  TEST_CASE_FIXTURE(tls_port, "old versions and weak ciphers are rejected") {
    start_tls();
    CHECK(answers({.max_version = TLS1_2_VERSION}));
    CHECK(answers({.min_version = TLS1_3_VERSION}));
    CHECK_FALSE(
      tls_client{port->port(), {.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION}}
        .connected());
    CHECK(answers({.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}));
    // CBC; no forward secrecy; no encryption; no authentication.
    for (const char* weak : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-SHA",
                             "ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA"}) {
      CAPTURE(weak);
      CHECK_FALSE(
        tls_client{port->port(), {.max_version = TLS1_2_VERSION, .ciphers = weak}}.connected());
    }
    CHECK(answers());
  }

  TEST_CASE_FIXTURE(tls_port, "a client does not renegotiate, compress or resume") {
    start_tls();
    tls_client client{port->port(), {.max_version = TLS1_2_VERSION}};
    REQUIRE(client.ask(health).starts_with("HTTP/1.1 200 "));
    CHECK(SSL_get_current_compression(client.session()) == nullptr);
    CHECK(SSL_SESSION_is_resumable(SSL_get_session(client.session())) == 0);
    REQUIRE(SSL_renegotiate(client.session()) == 1);
    CHECK(SSL_do_handshake(client.session()) != 1);
    CHECK(answers());
  }

  TEST_CASE_FIXTURE(tls_port, "keys may change between requests") {
    start_tls();
    tls_client client{port->port(), {.min_version = TLS1_3_VERSION}};
    for (int i = 0; i < 20; ++i) {
      REQUIRE(SSL_key_update(client.session(), SSL_KEY_UPDATE_REQUESTED) == 1);
      if (i % 2 == 0)
        REQUIRE(SSL_do_handshake(client.session()) == 1);
      CHECK(client.ask(health).starts_with("HTTP/1.1 200 "));
    }
  }

  TEST_CASE_FIXTURE(tls_port, "what comes in one segment is served whatever its records are") {
    start_tls();
    const auto ask = post(event_json("a"));
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(version);
      tls_client client{port->port(), {.min_version = version, .max_version = version}};
      REQUIRE(client.connected());
      client.keep();
      const auto answers = [&](int wanted) {
        REQUIRE(client.send_raw(client.kept()));
        return client.reads("HTTP/1.1 201 ", wanted);
      };
      REQUIRE(client.send(ask + ask));
      CHECK(answers(2));
      // The second one begins amid a record.
      REQUIRE(client.send(ask.substr(0, 10)));
      REQUIRE(client.send(ask.substr(10) + ask.substr(0, 50)));
      REQUIRE(client.send(ask.substr(50)));
      CHECK(answers(2));
      for (int i = 0; i < 3; ++i)
        REQUIRE(client.send(ask));
      CHECK(answers(3));
      REQUIRE(client.send(ask));
      REQUIRE(SSL_shutdown(client.session()) == 0);
      CHECK(answers(1));
    }
  }

  TEST_CASE_FIXTURE(tls_port, "a request that comes together with new keys is served at once") {
    start_tls();
    tls_client client{port->port(), {.min_version = TLS1_3_VERSION}};
    REQUIRE(client.connected());
    client.keep();
    for (int asks_for_theirs : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED})
      for (int changes = 1; changes < 5; ++changes) {
        CAPTURE(changes);
        for (int i = 0; i < changes; ++i)
          REQUIRE(client.change_keys(asks_for_theirs));
        REQUIRE(client.send(health));
        REQUIRE(client.send_raw(client.kept()));
        CHECK(client.reads("HTTP/1.1 200 ", 1));
      }
  }

  TEST_CASE_FIXTURE(tls_port,
                    "a request that comes together with the end of the handshake is served") {
    start_tls();
    tls_client client{port->port(), {.min_version = TLS1_3_VERSION, .shakes = false}};
    REQUIRE(client.shake_keeping_the_end());
    REQUIRE(client.send(health));
    REQUIRE(client.send_raw(client.kept()));
    CHECK(client.reads("HTTP/1.1 200 ", 1));
  }

  TEST_CASE_FIXTURE(tls_port, "of the protocols that a client names http/1.1 is selected") {
    start_tls();
    const std::string http11 = "\x08http/1.1";
    const std::string h2 = "\x02h2";
    CHECK(tls_client{port->port(), {.protocols = h2 + http11}}.protocol() == "http/1.1");
    CHECK_FALSE(tls_client{port->port(), {.protocols = h2}}.connected());
    CHECK(tls_client{port->port()}.protocol().empty());
  }

  TEST_CASE_FIXTURE(tls_port, "a client without TLS is told so") {
    start_tls();
    auto client = connect();
    client.send(health);
    auto got = client.read();
    CHECK(got.status == 400);
    CHECK(got.has("https://"));
    auto noise = connect();
    noise.send("\x01\x02\x03\x04\x05\x06\x07\x08");
    noise.end_sending();
    noise.read_all();
    CHECK(answers());
    CHECK(eventually([this] { return stats->connections == 0; }));
  }

  TEST_CASE_FIXTURE(tls_port, "a handshake has a deadline") {
    options.handshake_deadline = 200ms;
    start_tls();
    auto silent = connect();
    auto half = connect();
    half.send("\x16\x03\x01");
    CHECK(answers());
    CHECK(silent.closed());
    CHECK(half.closed());
    CHECK(eventually([this] { return stats->connections_refused == 2; }));
    CHECK(answers());
  }

  TEST_CASE_FIXTURE(tls_port, "addresses share how many handshakes there may be") {
    options.handshakes = 10;
    options.handshake_deadline = 60s;
    start_tls();
    std::vector<raw_client> silent;
    // 127.0.0.1 gets four fifths of them.
    for (int i = 0; i < 20; ++i)
      silent.push_back(connect());
    CHECK(eventually([this] { return stats->connections_refused == 12; }));
    CHECK_FALSE(tls_client{port->port()}.connected());
    CHECK(answers({.from = "127.0.0.2"}));
    silent.clear();
    CHECK(eventually([this] { return answers(); }));
  }

  TEST_CASE_FIXTURE(tls_port, "who does not finish the handshake closes nobody's connection") {
    options.max_connections = 3;
    options.handshake_deadline = 60s;
    start_tls();
    tls_client open{port->port()};
    REQUIRE(open.ask(health).starts_with("HTTP/1.1 200 "));
    std::vector<raw_client> silent;
    for (int i = 0; i < 20; ++i)
      silent.push_back(connect());
    CHECK(answers());
    CHECK(open.ask(health).starts_with("HTTP/1.1 200 "));
    CHECK(stats->connections_evicted == 0);
    CHECK(stats->connections_refused == 0);
    // Who finishes it makes room, as without TLS.
    std::vector<std::unique_ptr<tls_client>> more;
    for (int i = 0; i < 3; ++i) {
      more.push_back(std::make_unique<tls_client>(port->port()));
      CHECK(more.back()->ask(health).starts_with("HTTP/1.1 200 "));
    }
    CHECK(stats->connections_evicted > 0);
    CHECK(stats->connections <= 3);
  }

  TEST_CASE_FIXTURE(tls_port, "new certificates are for new connections, and drop none") {
    start_tls();
    std::atomic<bool> ends{false};
    std::atomic<int> lost{0};
    std::atomic<int> asked{0};
    std::vector<std::jthread> load;
    for (int i = 0; i < 8; ++i)
      load.emplace_back([&] {
        tls_client client{port->port()};
        while (!ends) {
          if (client.ask(post(event_json("x"))).starts_with("HTTP/1.1 201 "))
            ++asked;
          else
            ++lost;
        }
      });
    for (int i = 0; i < 20; ++i) {
      const auto& next = i % 2 == 0 ? second : first;
      write(next);
      REQUIRE(certificates->reload().has_value());
      tls_client client{port->port()};
      CHECK(client.sees(next));
      CHECK(client.ask(health).starts_with("HTTP/1.1 200 "));
    }
    CHECK(eventually([&] { return asked > 200; }));
    ends = true;
    load.clear();
    CHECK(lost == 0);
  }

  TEST_CASE_FIXTURE(tls_port, "with an authority each client shows a certificate of it") {
    start_tls(true);
    certificate own{{.host = "billing.test"}, &authority};
    certificate elsewhere{{.host = "elsewhere.test", .authority = true}};
    certificate foreign{{.host = "billing.test"}, &elsewhere};
    certificate ended{{.host = "billing.test", .begins = -7'200, .ends = -3'600}, &authority};
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(version);
      CHECK(answers({.max_version = version, .own = &own}));
      CHECK_FALSE(answers({.max_version = version}));
      CHECK_FALSE(answers({.max_version = version, .own = &foreign}));
      CHECK_FALSE(answers({.max_version = version, .own = &ended}));
    }
    CHECK(answers({.own = &own}));
  }

  TEST_CASE_FIXTURE(tls_port, "the port stops with clients amid their handshake") {
    options.handshake_deadline = 60s;
    start_tls();
    auto silent = connect();
    CHECK(answers());
    auto began = std::chrono::steady_clock::now();
    port->stop(10s);
    CHECK(std::chrono::steady_clock::now() - began < 5s);
    CHECK(silent.closed());
  }
}
