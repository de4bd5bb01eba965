#include "tests/net/webhooks/http_client_fixture.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace carillon::test {

TEST_SUITE("net/http_client") {
  namespace {

  using fault = http_fault;

  bool says(const http_response& x, std::string_view text) {
    return x.error.find(text) != std::string::npos;
  }

  /// Sends bytes after the request, then closes.
  lying_server::script saying(std::string bytes) {
    return [bytes = std::move(bytes)](lying_connection& x) {
      x.read_request();
      x.send(bytes);
    };
  }

  } // namespace

  TEST_CASE_FIXTURE(http_client_fixture, "a receiver that resets after the request") {
    lying_server server{[](lying_connection& x) {
      x.read_request();
      x.reset();
    }};
    auto out = fetch(server.url());
    CHECK(out.fault == fault::connect);
    CHECK(out.status == 0);
    CHECK(says(out, "broke off before the answer"));
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a receiver that closes without an answer") {
    lying_server server{saying("")};
    auto out = fetch(server.url());
    CHECK(out.fault == fault::connect);
    CHECK(says(out, "broke off before the answer"));
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a receiver that does not speak HTTP") {
    for (const std::string bytes :
         {"hello\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 xyz OK\r\n\r\n",
          "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 99 What\r\n\r\n", "\r\n\r\n\r\n"}) {
      CAPTURE(bytes);
      lying_server server{saying(bytes)};
      auto out = fetch(server.url());
      CHECK(out.fault == fault::protocol);
      CHECK(out.status == 0);
    }
  }

  TEST_CASE_FIXTURE(http_client_fixture, "an answer that breaks off") {
    lying_server in_head{saying("HTTP/1.1 200 OK\r\nContent-Le")};
    auto head = fetch(in_head.url());
    CHECK(head.fault != fault::none);
    CHECK(head.status == 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "the final status decides, whatever becomes of the body") {
    const std::string begin = "HTTP/1.1 ";
    for (int status : {200, 204, 301, 404, 410, 429, 503}) {
      for (const std::string rest :
           {"Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"}) {
        if (status == 204)
          continue; // has no body
        CAPTURE(status);
        CAPTURE(rest);
        lying_server server{saying(begin + std::to_string(status) + " X\r\n" + rest)};
        auto out = fetch(server.url());
        CHECK(out.fault == fault::none);
        CHECK(out.status == status);
        CHECK(out.body == "abc");
        CHECK_FALSE(out.error.empty());
      }
    }
    lying_server off{saying("HTTP/1.1 410 Gone\r\nContent-Length: 100\r\n\r\nabc")};
    CHECK(fetch(off.url()).error == "the connection broke off before the end of the body");
    // A reset after the head gives the same answer as a close.
    lying_server resets{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
      x.reset();
    }};
    CHECK(fetch(resets.url()).status == 200);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a body that never ends is not waited for") {
    options.body_deadline = 100ms;
    lying_server server{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: welcome\n\n");
      x.wait_for_end();
    }};
    auto out = fetch(server.url());
    CHECK(out.fault == fault::none);
    CHECK(out.status == 200);
    CHECK(out.body == ": welcome\n\n");
    CHECK(out.error == "the body did not end in time");
    CHECK(out.phases.total_ms < 5'000);
  }

  TEST_CASE_FIXTURE(http_client_fixture,
                    "interim answers are passed over, a storm of them is not") {
    lying_server few{
      saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
             "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")};
    auto out = fetch(few.url());
    CHECK(out.status == 201);
    CHECK(out.body == "ok");
    CHECK(out.retry_after.empty());
    lying_server storm{[](lying_connection& x) {
      x.read_request();
      while (x.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")) {
      }
    }};
    auto stormy = fetch(storm.url());
    CHECK(stormy.fault == fault::too_large);
    CHECK(stormy.status == 0);
    lying_server switching{saying(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")};
    CHECK(fetch(switching.url()).fault == fault::protocol);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a head beyond its limit") {
    lying_server many{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\n");
      while (x.send("x-field: " + std::string(1'000, 'a') + "\r\n")) {
      }
    }};
    CHECK(fetch(many.url()).fault == fault::too_large);
    lying_server long_line{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\nx-field: ");
      while (x.send(std::string(10'000, 'a'))) {
      }
    }};
    auto out = fetch(long_line.url());
    CHECK(out.fault == fault::too_large);
    CHECK(out.status == 0);
    lying_server trailers{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
      while (x.send("x-trailer: " + std::string(1'000, 'a') + "\r\n")) {
      }
    }};
    auto trailed = fetch(trailers.url());
    CHECK(trailed.fault == fault::none);
    CHECK(trailed.status == 200);
    CHECK(trailed.error == "the trailers of the answer are too large");
  }

  TEST_CASE_FIXTURE(http_client_fixture, "an endless body is cut, and its status counts") {
    lying_server server{[](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\n\r\n");
      while (x.send(std::string(10'000, 'b'))) {
      }
    }};
    auto out = fetch(server.url());
    CHECK(out.fault == fault::none);
    CHECK(out.status == 200);
    CHECK(out.body == std::string(8'192, 'b'));
    // The connection is not used again.
    CHECK(fetch(server.url()).status == 200);
    CHECK(server.accepted() == 2);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a body is not decompressed") {
    std::promise<std::string> got;
    lying_server server{[&](lying_connection& x) {
      got.set_value(x.read_request());
      x.answer("200 OK\r\nContent-Encoding: gzip", std::string("\x1f\x8b\x08\0bomb", 8));
    }};
    auto out = fetch(server.url());
    CHECK(out.fault == fault::none);
    CHECK(out.body == std::string("\x1f\x8b\x08\0bomb", 8));
    CHECK(got.get_future().get().find("ncoding") == std::string::npos);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a body a byte at a time ends with the deadline") {
    std::atomic<bool> over{false};
    lying_server server{[&](lying_connection& x) {
      x.read_request();
      x.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
      while (!over && x.send("x"))
        std::this_thread::sleep_for(10ms);
    }};
    auto x = to(server.url());
    x.total_deadline = 400ms;
    auto out = fetch(x);
    over = true;
    CHECK(out.fault == fault::none);
    CHECK(out.error == "the body did not end in time");
    CHECK(out.status == 200);
    CHECK(out.phases.total_ms >= 390);
    CHECK(out.phases.total_ms < 3'000);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a receiver that never answers") {
    lying_server server{[](lying_connection& x) { x.wait_for_end(); }};
    auto x = to(server.url());
    x.total_deadline = 200ms;
    auto out = fetch(x);
    CHECK(out.fault == fault::timeout);
    CHECK(out.error == "no answer within 200 ms");
    CHECK(out.phases.connect_ms > 0);
    CHECK(out.phases.first_byte_ms < 0);
    lying_server half{[](lying_connection& y) {
      y.read_request();
      y.send("HTTP/1.1 200");
      y.wait_for_end();
    }};
    x.url = half.url();
    CHECK(fetch(x).fault == fault::timeout);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "nobody listens") {
    uint16_t port = 0;
    {
      lying_server gone{saying("")};
      port = gone.port();
    }
    auto out = fetch("http://127.0.0.1:" + std::to_string(port) + "/");
    CHECK(out.fault == fault::connect);
    CHECK(says(out, "did not accept"));
    CHECK(out.remote_address.empty());
    CHECK(out.phases.connect_ms < 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a host without address") {
    auto out = fetch("http://no-such-host.invalid/");
    CHECK(out.fault == fault::dns);
    CHECK(says(out, "has no address"));
    CHECK(out.phases.dns_ms < 0);
  }

} // TEST_SUITE

} // namespace carillon::test
