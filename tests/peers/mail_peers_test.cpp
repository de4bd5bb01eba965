// Mail to a third-party server, read by a third-party parser.

#include "base/crypto/sha256.hpp"
#include "handlers/email/mime/mime.hpp"
#include "handlers/email/smtp/smtp_transport.hpp"
#include "tests/peers/smtp_peer.hpp"
#include "tests/support/test_certificates.hpp"

#include <doctest/doctest.h>

#include <openssl/pem.h>

#include <cstdio>
#include <random>
#include <thread>

using namespace std::chrono_literals;

namespace carillon::test {

TEST_SUITE("peers/mail_peers") {
  namespace {

  using verdict = mail_result::verdict;

  std::chrono::steady_clock::time_point in(std::chrono::milliseconds x) {
    return std::chrono::steady_clock::now() + x;
  }

  /// A certificate for `localhost`, as files for a server.
  struct server_files {
    certificate cert{{.host = "localhost"}};
    temporary_directory directory;
    std::string key = directory.path() + "/key.pem";

    server_files() {
      auto* out = std::fopen(key.c_str(), "w");
      REQUIRE(out != nullptr);
      REQUIRE(PEM_write_PrivateKey(out, cert.key(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
      std::fclose(out);
    }
  };

  mail_message message(int number) {
    return {
      .from = {.name = "Lädchen, e.K.", .address = "shop@example.com"},
      .to = {{.name = "Zoë \"Z\" 漢字", .address = "zoe@example.org"}},
      .subject = "Ihre Bestellung №" + std::to_string(number) + " ist unterwegs 😀",
      .text = "Grüße\n.\n..\nFrom here\n",
      .html = "<p>Grüße</p>\n.\n",
      .message_id = "job-" + std::to_string(number) + ".abc@example.com",
      .date = from_rfc3339("2026-11-23T22:23:01Z").value(),
    };
  }

  composed_mail mail(int number = 1) {
    return compose(message(number)).value();
  }

  std::unique_ptr<smtp_transport> transport_to(const std::string& url, smtp_options options = {}) {
    options.server = parse_mail_url(url).value();
    return smtp_transport::make(std::move(options)).value();
  }

  std::string url_of(const smtp_peer& peer, const std::string& login = {}) {
    return "smtp://" + login + "localhost:" + std::to_string(peer.port());
  }

  } // namespace

  TEST_CASE("a mail arrives as it was composed, byte for byte") {
    smtp_peer peer{{}};
    auto x = message(1);
    std::mt19937 random{42};
    std::string bytes(300'000, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    x.attachments = {{"Bestellung Größe L.pdf", "application/pdf", bytes},
                     {"plain.txt", "text/plain", ".\r\n..\r\n"}};
    auto composed = compose(x).value();
    auto result = transport_to(url_of(peer))->send(composed, in(20s));
    CHECK_MESSAGE(result.what == verdict::sent, result.text);
    CHECK(result.text == "250 taken");
    auto got = peer.next();
    REQUIRE(got.IsObject());
    CHECK(got["sha256"].GetString() == sha256_hex(composed.content));
    CHECK(got["from"] == "shop@example.com");
    CHECK(got["to"][0] == "zoe@example.org");
    CHECK(got["fromHeader"][0][0] == "Lädchen, e.K.");
    CHECK(got["toHeader"][0][0] == "Zoë \"Z\" 漢字");
    CHECK(got["toHeader"][0][1] == "zoe@example.org");
    CHECK(got["subject"] == "Ihre Bestellung №1 ist unterwegs 😀");
    CHECK(got["messageId"] == "<job-1.abc@example.com>");
    CHECK(got["date"] == "2026-11-23T22:23:01.000Z");
    CHECK(got["text"] == "Grüße\n.\n..\nFrom here\n");
    CHECK(got["html"] == "<p>Grüße</p>\n.\n");
    REQUIRE(got["attachments"].Size() == 2);
    CHECK(got["attachments"][0]["name"] == "Bestellung Größe L.pdf");
    CHECK(got["attachments"][0]["type"] == "application/pdf");
    CHECK(got["attachments"][0]["sha256"].GetString() == sha256_hex(bytes));
    CHECK(got["attachments"][1]["sha256"].GetString() == sha256_hex(".\r\n..\r\n"));
    CHECK_FALSE(got["secure"].GetBool());
  }

  TEST_CASE("lines that begin with dots survive, whatever composed them") {
    smtp_peer peer{{}};
    composed_mail raw{"job-1.x@y",
                      "a@example.com",
                      {"b@example.com"},
                      ".Subject: x\r\n\r\n.\r\n..\r\n.a\r\n\r\n.\r\n"};
    CHECK(transport_to(url_of(peer))->send(raw, in(20s)).what == verdict::sent);
    CHECK(peer.next()["sha256"].GetString() == sha256_hex(raw.content));
  }

  TEST_CASE("one connection carries many mails, to several recipients too") {
    smtp_peer peer{{}};
    auto transport = transport_to(url_of(peer));
    std::string connection;
    for (int i = 0; i < 20; ++i) {
      auto x = message(i);
      x.to.push_back({"", "second@example.org"});
      REQUIRE(transport->send(compose(x).value(), in(20s)).what == verdict::sent);
      auto got = peer.next();
      REQUIRE(got.IsObject());
      CHECK(got["to"].Size() == 2);
      if (i == 0)
        connection = got["connection"].GetString();
      CHECK(got["connection"].GetString() == connection);
    }
  }

  TEST_CASE("STARTTLS is used and verified, with a login") {
    server_files files;
    smtp_peer peer{{.mode = "starttls",
                    .certificate = files.cert.pem_file(),
                    .key = files.key,
                    .user = "ada@x.org",
                    .password = "p:w/ä"}};
    auto url = url_of(peer, "ada%40x.org:p%3Aw%2F%C3%A4@");
    smtp_options options{.tls = smtp_tls::required, .ca_file = files.cert.pem_file()};
    auto result = transport_to(url, options)->send(mail(), in(20s));
    CHECK_MESSAGE(result.what == verdict::sent, result.text);
    auto got = peer.next();
    REQUIRE(got.IsObject());
    CHECK(got["secure"].GetBool());
    CHECK(got["user"] == "ada@x.org");
    // An unknown authority.
    result = transport_to(url, {.tls = smtp_tls::required})->send(mail(), in(20s));
    CHECK(result.what == verdict::unavailable);
    CHECK_MESSAGE(result.text.find("certificate") != std::string::npos, result.text);
    // A name that is not the certificate's.
    auto other = "smtp://127.0.0.1:" + std::to_string(peer.port());
    CHECK(transport_to(other, options)->send(mail(), in(20s)).what == verdict::unavailable);
    // A server of this machine may have a certificate of its own making.
    CHECK(transport_to(url)->send(mail(), in(20s)).what == verdict::sent);
    CHECK(peer.next()["secure"].GetBool());
  }

  TEST_CASE("TLS from the first byte is verified") {
    server_files files;
    smtp_peer peer{{.mode = "smtps", .certificate = files.cert.pem_file(), .key = files.key}};
    auto url = "smtps://localhost:" + std::to_string(peer.port());
    smtp_options options{.ca_file = files.cert.pem_file()};
    auto transport = transport_to(url, options);
    for (int i = 0; i < 2; ++i) {
      auto result = transport->send(mail(i), in(20s));
      CHECK_MESSAGE(result.what == verdict::sent, result.text);
      CHECK(peer.next()["secure"].GetBool());
    }
    CHECK(transport_to(url)->send(mail(), in(20s)).what == verdict::unavailable);
    CHECK(transport_to(url, {.tls = smtp_tls::optional})->send(mail(), in(20s)).what
          == verdict::unavailable);
  }

  TEST_CASE("a server without STARTTLS gets neither mail nor password where TLS is required") {
    smtp_peer peer{{.user = "ada", .password = "very-secret"}};
    auto url = url_of(peer, "ada:very-secret@");
    auto result = transport_to(url, {.tls = smtp_tls::required})->send(mail(), in(20s));
    CHECK(result.what == verdict::unavailable);
    CHECK(result.text.find("very-secret") == std::string::npos);
    // Else it does.
    CHECK(transport_to(url)->send(mail(), in(20s)).what == verdict::sent);
    CHECK(peer.next()["user"] == "ada");
  }

  TEST_CASE("a refused login is not the mail's fault, and no text tells the password") {
    smtp_peer peer{{.user = "ada", .password = "right"}};
    auto result = transport_to(url_of(peer, "ada:very-secret@"))->send(mail(), in(20s));
    CHECK(result.what == verdict::unavailable);
    CHECK_MESSAGE(result.text.find("535") != std::string::npos, result.text);
    CHECK_MESSAGE(result.text.find("very-secret") == std::string::npos, result.text);
    result = transport_to(url_of(peer))->send(mail(), in(20s));
    CHECK_MESSAGE(result.what == verdict::unavailable, result.text);
    CHECK_MESSAGE(result.text.find("530") != std::string::npos, result.text);
  }

  TEST_CASE("what a server puts off or refuses is told apart, and the next mail gets through") {
    struct step {
      const char* action;
      verdict what;
      const char* code;
    };
    const std::vector<step> steps{
      {"mail451", verdict::temporary, "451"},     {"mail553", verdict::unavailable, "553"},
      {"mail530", verdict::unavailable, "530"},   {"rcpt450", verdict::temporary, "450"},
      {"rcpt550", verdict::permanent, "550"},     {"rcpt550-2nd", verdict::permanent, "550"},
      {"rcpt451-2nd", verdict::temporary, "451"}, {"data452", verdict::temporary, "452"},
      {"data554", verdict::permanent, "554"},
    };
    smtp_peer::options options;
    for (const auto& x : steps) {
      options.script.emplace_back(x.action);
      options.script.emplace_back("accept");
    }
    smtp_peer peer{options};
    auto transport = transport_to(url_of(peer));
    int number = 0;
    for (const auto& x : steps) {
      CAPTURE(std::string{x.action});
      auto two = message(++number);
      two.to.push_back({"", "second@example.org"});
      auto result = transport->send(compose(two).value(), in(20s));
      CHECK_MESSAGE(result.what == x.what, result.text);
      CHECK_MESSAGE(result.text.find(x.code) != std::string::npos, result.text);
      CHECK_MESSAGE(result.text.find("refused as asked") != std::string::npos, result.text);
      result = transport->send(compose(two).value(), in(20s));
      REQUIRE_MESSAGE(result.what == verdict::sent, result.text);
      auto got = peer.next();
      REQUIRE(got.IsObject());
      CHECK(std::string{got["messageId"].GetString()} == "<" + two.message_id + ">");
    }
  }

  TEST_CASE("a connection that breaks amid the mail is temporary; the repeat has the same bytes") {
    smtp_peer peer{{.script = {"drop", "accept"}}};
    auto transport = transport_to(url_of(peer));
    auto x = message(1);
    x.attachments = {{"a.bin", "application/octet-stream", std::string(2'000'000, 'x')}};
    auto composed = compose(x).value();
    auto result = transport->send(composed, in(20s));
    CHECK_MESSAGE(result.what == verdict::temporary, result.text);
    result = transport->send(compose(x).value(), in(20s));
    CHECK_MESSAGE(result.what == verdict::sent, result.text);
    auto got = peer.next();
    REQUIRE(got.IsObject());
    CHECK(got["sha256"].GetString() == sha256_hex(composed.content));
    CHECK(got["messageId"] == "<job-1.abc@example.com>");
  }

  TEST_CASE("a connection that the server ended in between is replaced without a failure") {
    smtp_peer peer{{.script = {"accept-close", "accept-421", "accept"}}};
    auto transport = transport_to(url_of(peer));
    for (int i = 0; i < 3; ++i) {
      auto result = transport->send(mail(i), in(20s));
      REQUIRE_MESSAGE(result.what == verdict::sent, result.text);
      REQUIRE(peer.next().IsObject());
      if (i < 2)
        REQUIRE(peer.closed());
    }
  }

  TEST_CASE("a dead server is unavailable, and found to be so quickly") {
    uint16_t port = 0;
    {
      smtp_peer peer{{}};
      port = peer.port();
    }
    auto begun = std::chrono::steady_clock::now();
    auto result = transport_to("smtp://127.0.0.1:" + std::to_string(port))->send(mail(), in(20s));
    CHECK(result.what == verdict::unavailable);
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
  }

  TEST_CASE("a server that hangs costs the deadline and no more") {
    smtp_peer peer{{.script = {"hang", "accept"}}};
    auto transport = transport_to(url_of(peer));
    auto begun = std::chrono::steady_clock::now();
    CHECK(transport->send(mail(), in(700ms)).what == verdict::temporary);
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
    CHECK(transport->send(mail(), in(-1ms)).what == verdict::temporary);
    auto result = transport->send(mail(), in(20s));
    CHECK_MESSAGE(result.what == verdict::sent, result.text);
  }

  TEST_CASE("a stop ends what hangs") {
    smtp_peer peer{{.script = {"hang"}}};
    auto stop = std::make_shared<std::atomic<bool>>(false);
    auto transport = transport_to(url_of(peer), {.stop = stop});
    std::thread later{[&] {
      CHECK(peer.hangs());
      stop->store(true);
    }};
    auto begun = std::chrono::steady_clock::now();
    CHECK(transport->send(mail(), in(30s)).what == verdict::unavailable);
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
    later.join();
    CHECK(transport->send(mail(), in(30s)).what == verdict::unavailable);
  }

  TEST_CASE("an envelope with a malformed address never reaches a server") {
    auto transport = transport_to("smtp://127.0.0.1:9");
    for (const auto* bad : {"a@b>\r\nDATA", "a@b\r\nRCPT TO:<x@y.z>", "", "<a@b>"}) {
      auto x = mail();
      x.recipients = {"good@example.org", bad};
      CHECK(transport->send(x, in(20s)).what == verdict::permanent);
      x = mail();
      x.from = bad;
      CHECK(transport->send(x, in(20s)).what == verdict::permanent);
    }
    auto x = mail();
    x.recipients.clear();
    CHECK(transport->send(x, in(20s)).what == verdict::permanent);
  }

} // TEST_SUITE

} // namespace carillon::test
