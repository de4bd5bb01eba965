#include "tests/net/webhooks/http_client_fixture.hpp"

#include <functional>
#include <string>
#include <utility>

namespace carillon::test {

TEST_SUITE("net/http_client") {
  namespace {

  using fault = http_fault;

  void obey(lying_connection& x) {
    while (!x.read_request().empty())
      x.answer("200 OK", "fine");
  }

  /// A frame of HTTP/2 (RFC 9113, section 4.1).
  std::string frame(char type, char flags, char stream, const std::string& payload) {
    std::string out{'\0', '\0',  static_cast<char>(payload.size()), type, flags, '\0', '\0',
                    '\0', stream};
    return out + payload;
  }

  /// Reads a request of HTTP/2 and returns its stream; 0 if the client has gone.
  char read_http2(lying_connection& x) {
    for (;;) {
      auto head = x.read_bytes(9);
      if (head.size() < 9)
        return 0;
      auto byte
        = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(head[i])); };
      x.read_bytes(byte(0) << 16 | byte(1) << 8 | byte(2));
      bool is_message = byte(3) <= 1;
      if (is_message && (byte(4) & 1) != 0)
        return head[8];
      if (byte(3) == 4 && (byte(4) & 1) == 0)
        x.send(frame(4, 1, 0, ""));
    }
  }

  /// Greets, then sends these frames for each request.
  lying_server::script speaking_http2(std::function<std::string(char stream)> frames) {
    return [frames = std::move(frames)](lying_connection& x) {
      if (x.read_bytes(24) != "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        return;
      x.send(frame(4, 0, 0, ""));
      for (auto stream = read_http2(x); stream != 0; stream = read_http2(x))
        x.send(frames(stream));
    };
  }

  /// Knows one authority, and the host `hooks.test` on loopback.
  struct tls_fixture : http_client_fixture {
    certificate authority{{.host = "Test Authority", .authority = true}};

    http_response call(const lying_server& server, std::string_view host = "hooks.test") {
      client.reset();
      options.allow_http = false;
      options.ca_file = authority.pem_file();
      options.resolve = {std::string{host} + ":" + std::to_string(server.port()) + ":127.0.0.1"};
      return fetch(server.url("/", host));
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(tls_fixture, "a receiver with a valid certificate is called") {
    certificate good{{}, &authority};
    lying_server server{{.identity = &good}, obey};
    auto out = call(server);
    CHECK(out.error == "");
    CHECK(out.status == 200);
    CHECK(out.phases.tls_ms > out.phases.connect_ms);
    auto again = fetch(server.url("/", "hooks.test"));
    CHECK(again.status == 200);
    CHECK(again.phases.tls_ms == 0);
    CHECK(server.accepted() == 1);
  }

  TEST_CASE_FIXTURE(tls_fixture, "TLS 1.2 is taken") {
    certificate good{{}, &authority};
    lying_server server{{.identity = &good, .newest_tls = TLS1_2_VERSION}, obey};
    CHECK(call(server).status == 200);
  }

  TEST_CASE_FIXTURE(tls_fixture, "TLS 1.1 is refused") {
    certificate good{{}, &authority};
    lying_server server{{.identity = &good, .newest_tls = TLS1_1_VERSION}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the receiver does not speak TLS 1.2 or newer");
  }

  TEST_CASE_FIXTURE(tls_fixture, "an expired certificate is refused") {
    certificate old{{.ends = -60}, &authority};
    lying_server server{{.identity = &old}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the certificate has expired");
    CHECK(out.phases.connect_ms > 0);
    CHECK(out.phases.tls_ms < 0);
    CHECK(out.remote_address == "127.0.0.1:" + std::to_string(server.port()));
  }

  TEST_CASE_FIXTURE(tls_fixture, "a certificate of tomorrow is refused") {
    certificate early{{.begins = 86'400, .ends = 90'000}, &authority};
    lying_server server{{.identity = &early}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the certificate is not valid yet");
  }

  TEST_CASE_FIXTURE(tls_fixture, "a certificate for another host is refused") {
    certificate other{{.host = "other.test"}, &authority};
    lying_server server{{.identity = &other}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the certificate is not valid for this host");
  }

  TEST_CASE_FIXTURE(tls_fixture, "a self-signed certificate is refused") {
    certificate self{{}};
    lying_server server{{.identity = &self}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the certificate is self-signed");
  }

  TEST_CASE_FIXTURE(tls_fixture, "a certificate of an unknown authority is refused") {
    certificate stranger{{.host = "Stranger", .authority = true}};
    certificate signed_by_stranger{{}, &stranger};
    lying_server server{{.identity = &signed_by_stranger}, obey};
    auto out = call(server);
    CHECK(out.fault == fault::tls);
    CHECK(out.error.find("an authority that is not known") != std::string::npos);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a receiver without TLS is refused") {
    lying_server plain{[](lying_connection& x) { x.send("HTTP/1.1 200 OK\r\n\r\n"); }};
    options.resolve = {"hooks.test:" + std::to_string(plain.port()) + ":127.0.0.1"};
    auto out = fetch("https://hooks.test:" + std::to_string(plain.port()) + "/");
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the receiver does not speak TLS on this port");
  }

  TEST_CASE_FIXTURE(tls_fixture, "a handshake that never ends meets the connect deadline") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    auto x = to("https://127.0.0.1:" + std::to_string(hanging.port()) + "/");
    x.connect_deadline = 200ms;
    auto out = fetch(x);
    CHECK(out.fault == fault::timeout);
    CHECK(out.error == "the TLS handshake did not end within 200 ms");
    CHECK(out.phases.connect_ms > 0);
    CHECK(out.phases.total_ms < 5'000);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a receiver that closes within the handshake") {
    lying_server rude{[](lying_connection&) {}};
    auto out = fetch("https://127.0.0.1:" + std::to_string(rude.port()) + "/");
    CHECK(out.fault == fault::tls);
    CHECK(out.error == "the receiver broke off the TLS handshake");
  }

  TEST_CASE_FIXTURE(tls_fixture, "HTTP/2 is spoken where it is offered") {
    certificate good{{}, &authority};
    // 0x88 is ":status: 200" in HPACK.
    lying_server server{{.identity = &good, .http2 = true}, speaking_http2([](char stream) {
                          return frame(1, 4, stream, "\x88") + frame(0, 1, stream, "fine");
                        })};
    auto out = call(server);
    CHECK(out.error == "");
    CHECK(out.status == 200);
    CHECK(out.body == "fine");
    CHECK(fetch(server.url("/", "hooks.test")).status == 200);
    CHECK(server.accepted() == 1);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a stream of HTTP/2 that is reset is no answer") {
    certificate good{{}, &authority};
    lying_server server{{.identity = &good, .http2 = true}, speaking_http2([](char stream) {
                          // INTERNAL_ERROR
                          return frame(3, 0, stream, std::string("\0\0\0\2", 4));
                        })};
    auto out = call(server);
    CHECK(out.fault == fault::protocol);
    CHECK(out.status == 0);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a receiver that breaks HTTP/2 is no answer") {
    certificate good{{}, &authority};
    lying_server server{{.identity = &good, .http2 = true}, [](lying_connection& x) {
                          x.read_bytes(24);
                          x.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                          x.wait_for_end();
                        }};
    auto out = call(server);
    CHECK(out.fault != fault::none);
    CHECK(out.fault != fault::timeout);
    CHECK(out.status == 0);
  }

} // TEST_SUITE

} // namespace carillon::test
