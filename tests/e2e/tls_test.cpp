#include "base/text/hex.hpp"
#include "tests/e2e/node_process.hpp"
#include "tests/net/tls/tls_client.hpp"
#include "tests/support/test_certificates.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace carillon::test;

TEST_SUITE("e2e/tls") {
  namespace {

  using strings = std::vector<std::string>;

  struct tls_node {
    temporary_directory directory;
    certificate authority{{.host = "authority.test", .authority = true}};
    certificate first{{.host = "localhost"}, &authority};
    certificate second{{.host = "localhost"}, &authority};
    std::unique_ptr<node_process> node;

    tls_node() {
      std::signal(SIGPIPE, SIG_IGN);
      write(first);
    }

    std::string path(const std::string& name) const {
      return directory.path() + '/' + name;
    }

    void write(const certificate& own) const {
      write_tls_files(directory.path(), own, authority);
    }

    void start(strings more = {}) {
      more.insert(more.end(), {"--tls-cert", path("own.pem"), "--tls-key", path("own.key")});
      node = std::make_unique<node_process>(path("data"), std::move(more));
      REQUIRE_MESSAGE(node->ready(), node->log());
    }

    bool logs(const std::string& text) const {
      return eventually([&] { return node->log().find(text) != std::string::npos; });
    }

    /// Exit code of `carillon …`.
    int run(strings arguments) const {
      process command{CARILLON_BINARY, arguments, path("commands.log")};
      while (command.read_line())
        continue;
      return command.wait().value_or(-1);
    }

    std::string admin_url() const {
      return "https://localhost:" + std::to_string(node->admin_port());
    }
  };

  std::string publish(const std::string& id) {
    auto body = R"({"type":"user.login","id":")" + id
                + R"(","userId":"u","companyId":"c","data":{"ip":"192.0.2.1","userAgent":"x"}})";
    return "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           "Content-Length: "
           + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  constexpr const char* stream
    = "GET /api/events/stream?user=u&company=c HTTP/1.1\r\nHost: localhost\r\n\r\n";
  constexpr const char* socket
    = "GET /ws?user=u&company=c HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE("both ports speak https, and sessions and streams come over it") {
    tls_node x;
    x.start();
    tls_client events{x.node->data_port()};
    REQUIRE(events.send(stream));
    REQUIRE(holds(events.read_until("retry:"), "200 OK"));
    tls_client session{x.node->data_port()};
    REQUIRE(session.send(socket));
    REQUIRE(holds(session.read_until(R"("op":"hello")"), "101 Switching"));
    tls_client publisher{x.node->data_port()};
    CHECK(publisher.ask(publish("e-1")).starts_with("HTTP/1.1 201 "));
    CHECK(holds(events.read_until("e-1"), "e-1"));
    CHECK(holds(session.read_until("e-1"), "e-1"));
    tls_client admin{x.node->admin_port()};
    auto page = admin.ask("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(page.starts_with("HTTP/1.1 200 "));
    CHECK(holds(page, "e-1"));
    // A client of the wrong port is told the right address.
    CHECK(holds(publisher.ask("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                "https://127.0.0.1:" + std::to_string(x.node->admin_port())));
    CHECK(x.node->data()->Get("/healthz")->status == 400);
  }

  TEST_CASE("a renewed certificate is taken without a signal, and drops no connection") {
    tls_node x;
    x.start();
    tls_client events{x.node->data_port()};
    REQUIRE(events.send(stream));
    REQUIRE(holds(events.read_until("retry:"), "200 OK"));
    CHECK(events.sees(x.first));
    x.write(x.second);
    REQUIRE(x.logs("the certificate of both ports was read again"));
    // Certificates of tests end within the hour.
    CHECK(x.logs("the certificate of both ports ends at 2"));
    tls_client renewed{x.node->data_port()};
    CHECK(renewed.sees(x.second));
    CHECK(tls_client{x.node->admin_port()}.sees(x.second));
    CHECK(renewed.ask(publish("e-1")).starts_with("HTTP/1.1 201 "));
    CHECK(holds(events.read_until("e-1"), "e-1"));

    std::ofstream{x.path("own.pem")} << "no certificate\n";
    REQUIRE(x.logs("cannot be used"));
    CHECK(x.logs("the certificate from before stays"));
    CHECK(tls_client{x.node->data_port()}.sees(x.second));
    x.write(x.first);
    x.node->child().signal(SIGHUP);
    REQUIRE(x.logs("keys and certificates read again"));
    CHECK(tls_client{x.node->data_port()}.sees(x.first));
    CHECK(renewed.ask(publish("e-2")).starts_with("HTTP/1.1 201 "));
    CHECK(holds(events.read_until("e-2"), "e-2"));
  }

  TEST_CASE("the command line trusts the authority that it is given, and no other") {
    tls_node x;
    x.start();
    CHECK(x.run({"stats", "--admin-url", x.admin_url(), "--ca", x.path("ca.pem")}) == 0);
    CHECK(x.run({"stats", "--admin-url", x.admin_url()}) == 1);
    certificate other{{.host = "other.test", .authority = true}};
    write_tls_files(x.path("other"), x.first, other);
    CHECK(x.run({"stats", "--admin-url", x.admin_url(), "--ca", x.path("other/ca.pem")}) == 1);
    CHECK(x.run({"stats", "--admin-url", x.admin_url(), "--ca", x.path("nothing.pem")}) == 2);
    // The name of the certificate is another one.
    auto numbered = "https://127.0.0.1:" + std::to_string(x.node->admin_port());
    CHECK(x.run({"stats", "--admin-url", numbered, "--ca", x.path("ca.pem")}) == 1);
  }

  TEST_CASE("operators show a certificate of their authority") {
    tls_node x;
    x.start({"--admin-tls-client-ca", x.path("ca.pem")});
    certificate own{{.host = "operator.test"}, &x.authority};
    write_tls_files(x.path("operator"), own, x.authority);
    const strings call{"stats", "--admin-url", x.admin_url(), "--ca", x.path("ca.pem")};
    CHECK(x.run(call) == 1);
    auto with_own = call;
    with_own.insert(with_own.end(), {"--client-cert", x.path("operator/own.pem"), "--client-key",
                                     x.path("operator/own.key")});
    CHECK(x.run(with_own) == 0);
    certificate elsewhere{{.host = "elsewhere.test", .authority = true}};
    certificate foreign{{.host = "operator.test"}, &elsewhere};
    write_tls_files(x.path("operator"), foreign, x.authority);
    CHECK(x.run(with_own) == 1);
    // Clients of the data port need none.
    CHECK(tls_client{x.node->data_port()}.ask(publish("e-1")).starts_with("HTTP/1.1 201 "));
  }

  TEST_CASE("a key that is bound to a certificate is not accepted with another") {
    tls_node x;
    certificate own{{.host = "billing.test"}, &x.authority};
    certificate other{{.host = "orders.test"}, &x.authority};
    x.node = std::make_unique<node_process>(x.path("data"),
                                            strings{"--tls-cert", x.path("own.pem"), "--tls-key",
                                                    x.path("own.key"), "--tls-client-ca",
                                                    x.path("ca.pem")},
                                            true);
    REQUIRE_MESSAGE(x.node->ready(), x.node->log());
    auto authorized = [](const std::string& request, const std::string& key) {
      auto line = request.find("Host:");
      return request.substr(0, line) + "Authorization: Bearer " + key + "\r\n"
             + request.substr(line);
    };
    auto digest = [](const certificate& y) {
      std::array<unsigned char, 32> bytes{};
      unsigned int size = 0;
      X509_digest(y.x509(), EVP_sha256(), bytes.data(), &size);
      return carillon::to_hex(bytes);
    };
    auto body = R"({"name":"billing","role":"publisher","certificate":")" + digest(own) + R"("})";
    auto create = "POST /api/keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Content-Length: "
                  + std::to_string(body.size()) + "\r\n\r\n" + body;
    tls_client admin{x.node->admin_port(), {.own = &other}};
    auto made = admin.ask(authorized(create, x.node->bootstrap_key()));
    REQUIRE(made.starts_with("HTTP/1.1 201 "));
    auto at = made.find("ck_");
    auto key = made.substr(at, made.find('"', at) - at);
    tls_client right{x.node->data_port(), {.own = &own}};
    CHECK(right.ask(authorized(publish("e-1"), key)).starts_with("HTTP/1.1 201 "));
    // The certificate is enough.
    CHECK(right.ask(publish("e-2")).starts_with("HTTP/1.1 201 "));
    tls_client wrong{x.node->data_port(), {.own = &other}};
    CHECK(wrong.ask(authorized(publish("e-3"), key)).starts_with("HTTP/1.1 401 "));
    CHECK(wrong.ask(publish("e-3")).starts_with("HTTP/1.1 401 "));
    CHECK(tls_client{x.node->data_port()}.ask(publish("e-3")).empty());
  }

  TEST_CASE("beyond loopback a node needs a certificate, or --insecure and then warns") {
    temporary_directory dir;
    auto log = dir.path() + "/log";
    auto text = [&] {
      std::ifstream in{log};
      return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const strings line{"serve",     "--data-dir",     dir.path() + "/data", "--listen",
                       "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"};
    {
      process node{CARILLON_BINARY, line, log};
      CHECK(node.wait() == 2);
      CHECK(holds(text(), "--tls-cert"));
    }
    auto insecure = line;
    insecure.emplace_back("--insecure");
    process node{CARILLON_BINARY, insecure, log};
    CHECK(eventually([&] { return holds(text(), "0.0.0.0 has no TLS"); }));
    node.signal(SIGTERM);
    CHECK(node.wait() == 0);
  }

  TEST_CASE("a node does not start with files that it cannot use") {
    temporary_directory dir;
    for (const strings& files :
         {strings{"--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"},
          strings{"--tls-cert", "/nonexistent"}, strings{"--tls-client-ca", "/nonexistent"}}) {
      strings line{"serve",    "--dev",       "--data-dir",     dir.path() + "/data",
                   "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"};
      line.insert(line.end(), files.begin(), files.end());
      process node{CARILLON_BINARY, line, dir.path() + "/log"};
      auto code = node.wait();
      REQUIRE(code.has_value());
      CHECK(*code == (files.size() == 4 ? 1 : 2));
    }
  }

  TEST_CASE("a start says that the admin port asks no client for a certificate") {
    tls_node x;
    const std::string warning = "give --admin-tls-client-ca, too";
    const strings own{"--tls-client-ca", x.path("ca.pem"),  "--admin-tls-cert",
                      x.path("own.pem"), "--admin-tls-key", x.path("own.key")};
    x.start(own);
    CHECK(x.logs(warning));
    // The next node writes on behind this.
    const auto before = x.node->log().size();
    x.node.reset();
    auto both = own;
    both.insert(both.end(), {"--admin-tls-client-ca", x.path("ca.pem")});
    x.start(both);
    x.node->child().signal(SIGTERM);
    CHECK(x.node->child().wait() == 0);
    CHECK(x.node->log().find(warning, before) == std::string::npos);
  }
}
