#include "tests/net/webhooks/http_client_fixture.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace carillon::test {

TEST_SUITE("net/http_client") {
  namespace {

  using fault = http_fault;

  /// Answers every request of a connection with 200.
  void obey(lying_connection& x) {
    while (!x.read_request().empty())
      x.answer("200 OK", "fine");
  }

  } // namespace

  TEST_CASE_FIXTURE(http_client_fixture, "a request arrives as it was given") {
    std::promise<std::string> got;
    lying_server server{[&](lying_connection& x) {
      got.set_value(x.read_request());
      x.answer("202 Accepted\r\nRetry-After:  120 ", "thanks");
    }};
    options.user_agent = "test/1";
    auto x = to(server.url("/a/../b?x=1%20#f"), "{\"a\":1}");
    x.headers.emplace_back("x-empty", "");
    auto out = fetch(x);
    CHECK(out.fault == fault::none);
    CHECK(out.status == 202);
    CHECK(out.retry_after == "120");
    CHECK(out.body == "thanks");
    CHECK(out.remote_address == "127.0.0.1:" + std::to_string(server.port()));
    CHECK(got.get_future().get()
          == "POST /a/../b?x=1%20 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port())
               + "\r\nUser-Agent: test/1\r\nAccept: */*\r\nContent-Type: application/json\r\n"
                 "webhook-id: msg_1\r\nx-empty:\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
  }

  TEST_CASE_FIXTURE(http_client_fixture, "connections are used again, and phases show it") {
    lying_server server{obey};
    auto first = fetch(server.url());
    CHECK(first.status == 200);
    CHECK(first.phases.dns_ms >= 0);
    CHECK(first.phases.connect_ms > 0);
    CHECK(first.phases.tls_ms == 0);
    CHECK(first.phases.first_byte_ms >= first.phases.connect_ms);
    CHECK(first.phases.total_ms >= first.phases.first_byte_ms);
    auto second = fetch(server.url());
    CHECK(second.status == 200);
    CHECK(second.phases.dns_ms == 0);
    CHECK(second.phases.connect_ms == 0);
    CHECK(second.phases.first_byte_ms > 0);
    CHECK(second.remote_address == first.remote_address);
    CHECK(server.accepted() == 1);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "who may not begin sends nothing, and may later") {
    std::atomic<bool> may{false};
    options.may_begin = [&] { return may.load(); };
    lying_server server{obey};
    auto refused = fetch(server.url());
    CHECK(refused.fault == fault::not_sent);
    CHECK(server.accepted() == 0);
    may = true;
    CHECK(fetch(server.url()).status == 200);
    // Also over a connection that is open.
    may = false;
    CHECK(fetch(server.url()).fault == fault::not_sent);
    CHECK(server.accepted() == 1);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a large body is sent at once, without asking first") {
    std::promise<std::string> got;
    lying_server server{[&](lying_connection& x) {
      got.set_value(x.read_request());
      x.answer("200 OK");
    }};
    std::string body(3'000'000, 'x');
    CHECK(fetch(to(server.url(), body)).status == 200);
    auto request = got.get_future().get();
    CHECK(request.find("Expect") == std::string::npos);
    CHECK(request.ends_with("\r\n\r\n" + body));
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a request without body and headers is well-formed") {
    std::promise<std::string> got;
    lying_server server{[&](lying_connection& x) {
      got.set_value(x.read_request());
      x.answer("200 OK");
    }};
    http_request x;
    x.private_targets = true;
    x.url = server.url();
    CHECK(fetch(x).status == 200);
    auto request = got.get_future().get();
    CHECK(request.find("Content-Length: 0\r\n") != std::string::npos);
    CHECK(request.find("Content-Type") == std::string::npos);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "headers cannot be injected") {
    lying_server server{obey};
    for (const std::string value : {"a\r\nx: y", "a\nb", "a\rb", "\x01", "\x7f"}) {
      CAPTURE(value);
      auto x = to(server.url());
      x.headers.emplace_back("x-test", value);
      CHECK(fetch(x).fault == fault::url);
    }
    auto zero = to(server.url());
    zero.headers.emplace_back("x-test", std::string("a\0b", 3));
    CHECK(fetch(zero).fault == fault::url);
    for (const std::string name :
         {"", "a b", "a:b", "a\r\nb", "Host", "host", "Content-Length", "Expect",
          "Transfer-Encoding", "Connection", "Proxy-Authorization", "b\xc3\xa4"}) {
      CAPTURE(name);
      auto x = to(server.url());
      x.headers.emplace_back(name, "x");
      CHECK(fetch(x).fault == fault::url);
    }
    for (const std::string path : {"/\r\nx: y", "/ HTTP/1.1\r\n", "/\n", "/\t", "/\xc3\xa4"}) {
      CAPTURE(path);
      CHECK(fetch(server.url(path)).fault == fault::url);
    }
    CHECK(server.accepted() == 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "URLs that may not be called are refused") {
    for (const std::string url : {"",
                                  "/",
                                  "example.com",
                                  "ftp://127.0.0.1/",
                                  "file:///etc/passwd",
                                  "gopher://127.0.0.1/",
                                  "http://",
                                  "http:///x",
                                  "http:/x",
                                  "http:x",
                                  "http:",
                                  "http://user@127.0.0.1/",
                                  "http://user:secret@127.0.0.1/",
                                  "http://@127.0.0.1/",
                                  "http://:@127.0.0.1/",
                                  "http://127.0.0.1:99999/",
                                  "http://127.0.0.1:x/",
                                  "http://[::1/",
                                  "http://./",
                                  "dict://127.0.0.1:1/"}) {
      CAPTURE(url);
      auto out = fetch(url);
      CHECK(out.fault == fault::url);
      CHECK(out.status == 0);
      CHECK(out.remote_address.empty());
    }
    CHECK(fetch("http://127.0.0.1/" + std::string(9'000, 'a')).fault == fault::url);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "http is refused unless it is allowed") {
    lying_server server{obey};
    options.allow_http = false;
    auto out = fetch(server.url());
    CHECK(out.fault == fault::url);
    CHECK(out.error.find("http is not allowed") != std::string::npos);
    CHECK(server.accepted() == 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "redirects are answers and not followed") {
    lying_server other{obey};
    for (const std::string status :
         {"301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"}) {
      CAPTURE(status);
      lying_server server{[&](lying_connection& x) {
        x.read_request();
        x.answer(status + "\r\nLocation: " + other.url());
      }};
      auto out = fetch(server.url());
      CHECK(out.fault == fault::none);
      CHECK(out.status == std::stoi(status));
    }
    CHECK(other.accepted() == 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "every status is an answer") {
    for (int status : {200, 204, 304, 400, 401, 404, 407, 410, 417, 429, 500, 503, 599}) {
      CAPTURE(status);
      lying_server server{[&](lying_connection& x) {
        x.read_request();
        x.answer(std::to_string(status) + " Whatever");
      }};
      auto out = fetch(server.url());
      CHECK(out.fault == fault::none);
      CHECK(out.status == status);
    }
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a hundred requests at once are all answered") {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    lying_server server{[&](lying_connection& x) {
      for (auto text = x.read_request(); !text.empty(); text = x.read_request()) {
        auto count = now.fetch_add(1) + 1;
        for (auto seen = most.load(); seen < count && !most.compare_exchange_weak(seen, count);) {
        }
        auto body = text.substr(text.find("\r\n\r\n") + 4);
        now.fetch_sub(1);
        x.answer("200 OK", body);
      }
    }};
    std::vector<std::future<http_response_ptr>> all;
    for (int i = 0; i < 100; ++i)
      all.push_back(send(to(server.url(), std::to_string(i))));
    for (int i = 0; i < 100; ++i) {
      auto out = take(std::move(all[static_cast<size_t>(i)]));
      CHECK(out.status == 200);
      CHECK(out.body == std::to_string(i));
    }
    CHECK(server.accepted() <= options.max_connections_per_host);
    CHECK(most.load() <= static_cast<int>(options.max_connections_per_host));
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a host that hangs does not hold up others") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    lying_server healthy{obey};
    std::vector<std::future<http_response_ptr>> stuck;
    for (int i = 0; i < 300; ++i)
      stuck.push_back(send(to(hanging.url())));
    for (int i = 0; i < 20; ++i)
      CHECK(fetch(healthy.url()).status == 200);
    client->stop();
    for (auto& x : stuck)
      CHECK(take(std::move(x)).fault == fault::not_sent);
  }

  TEST_CASE_FIXTURE(http_client_fixture,
                    "what waits for a connection beyond its deadline times out") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    options.max_connections_per_host = 1;
    auto first = send(to(hanging.url()));
    auto second = to(hanging.url());
    second.total_deadline = 200ms;
    auto out = fetch(second);
    CHECK(out.fault == fault::timeout);
    CHECK(out.error.find("no connection to the host was free") != std::string::npos);
    client->stop();
    CHECK(take(std::move(first)).fault == fault::not_sent);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "stopping answers everything, once") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    std::atomic<int> calls{0};
    std::atomic<int> not_sent{0};
    start();
    for (int i = 0; i < 50; ++i)
      client->send(to(hanging.url()), [&](const http_response_ptr& x) {
        ++calls;
        not_sent += x->fault == fault::not_sent ? 1 : 0;
      });
    while (hanging.accepted() == 0)
      std::this_thread::yield();
    client->stop();
    CHECK(calls.load() == 50);
    CHECK(not_sent.load() == 50);
    client->stop();
    auto late = fetch(hanging.url());
    CHECK(late.fault == fault::not_sent);
    CHECK(late.error == "the node is stopping");
  }

  TEST_CASE_FIXTURE(http_client_fixture, "beyond the queue's limit requests are refused at once") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    options.max_connections = 1;
    options.max_queued = 5;
    auto first = send(to(hanging.url()));
    while (hanging.accepted() == 0)
      std::this_thread::yield();
    std::vector<std::future<http_response_ptr>> waiting;
    for (int i = 0; i < 5; ++i)
      waiting.push_back(send(to(hanging.url())));
    auto refused = send(to(hanging.url()));
    REQUIRE(refused.wait_for(0s) == std::future_status::ready);
    auto out = take(std::move(refused));
    CHECK(out.fault == fault::not_sent);
    CHECK(out.error == "too many requests are waiting to be sent");
    for (auto& x : waiting)
      CHECK(x.wait_for(0s) == std::future_status::timeout);
  }

  TEST_CASE_FIXTURE(http_client_fixture,
                    "a company whose receivers hang leaves others places in the queue") {
    lying_server hanging{[](lying_connection& x) { x.wait_for_end(); }};
    lying_server server{obey};
    options.max_connections_per_host = 1;
    options.waiting = std::make_shared<bound>("webhook requests", "requests", 10, 4.0);
    start();
    auto of = [](http_request x, const std::string& company) {
      x.company = company;
      return x;
    };
    std::vector<std::future<http_response_ptr>> sent;
    for (int i = 0; i < 30; ++i)
      sent.push_back(send(of(to(hanging.url()), "bad")));
    CHECK(options.waiting->status("bad").own <= 8);
    CHECK(options.waiting->status("bad").over_share > 0);
    CHECK(take(send(of(to(server.url()), "good"))).status == 200);
    CHECK(options.waiting->status("good").own == 0);
    client->stop();
    for (auto& x : sent)
      CHECK(x.get()->fault == fault::not_sent);
    CHECK(options.waiting->status("bad").used == 0);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "callbacks may send, and may throw") {
    lying_server server{obey};
    start();
    std::promise<int> status;
    client->send(to(server.url()), [&](const http_response_ptr&) {
      client->send(to(server.url()),
                   [&](const http_response_ptr& x) { status.set_value(x->status); });
      throw std::runtime_error("dropped");
    });
    CHECK(status.get_future().get() == 200);
    CHECK(fetch(server.url()).status == 200);
  }

  TEST_CASE_FIXTURE(http_client_fixture, "the environment's proxy is ignored") {
    lying_server server{obey};
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    CHECK(fetch(server.url()).status == 200);
    ::unsetenv("http_proxy");
    ::unsetenv("ALL_PROXY");
  }

  TEST_CASE_FIXTURE(http_client_fixture, "a configured proxy gets names, but no refused address") {
    std::promise<std::string> got;
    lying_server proxy{[&](lying_connection& x) {
      got.set_value(x.read_request());
      x.answer("200 OK");
    }};
    options.guard.allow.clear();
    options.proxy = proxy.url("");
    for (const std::string host :
         {"127.0.0.1", "2130706433", "127.0.0.1.", "[::1]", "localhost", "a.localhost."}) {
      CAPTURE(host);
      CHECK(fetch("http://" + host + "/").fault == fault::address_refused);
    }
    CHECK(proxy.accepted() == 0);
    CHECK(fetch("http://receiver.invalid/x").status == 200);
    CHECK(got.get_future().get().starts_with("POST http://receiver.invalid/x HTTP/1.1\r\n"));
  }

  TEST_CASE("options that cannot be met are refused") {
    http_client_options bad_guard;
    bad_guard.guard.allow = {"10.0.0.0/8", "10.0.0.0/33"};
    auto made = http_client::make(bad_guard);
    REQUIRE(made.has_error());
    CHECK(made.error().code == ec::invalid_argument);
    CHECK(made.error().detail.find("10.0.0.0/33") != std::string::npos);
    http_client_options no_file;
    no_file.ca_file = "/nonexistent.pem";
    CHECK(http_client::make(no_file).has_error());
    http_client_options no_connections;
    no_connections.max_connections = 0;
    CHECK(http_client::make(no_connections).has_error());
  }

} // TEST_SUITE

} // namespace carillon::test
