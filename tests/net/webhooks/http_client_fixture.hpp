#pragma once

#include "net/webhooks/http_client.hpp"

#include "tests/net/webhooks/lying_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace carillon::test {

using namespace std::chrono_literals;

/// A client that may call loopback over http, unless the options are changed before start().
struct http_client_fixture {
  http_client_options options;
  std::unique_ptr<http_client> client;

  http_client_fixture() {
    options.guard.allow = {"127.0.0.0/8"};
    options.allow_http = true;
  }

  http_client& start() {
    auto made = http_client::make(options);
    REQUIRE(made.has_value());
    client = std::move(*made);
    return *client;
  }

  static http_request to(std::string url, std::string body = "{}") {
    http_request out;
    out.url = std::move(url);
    out.headers = {{"Content-Type", "application/json"}, {"webhook-id", "msg_1"}};
    out.body = std::make_shared<const std::string>(std::move(body));
    out.total_deadline = 10s;
    out.private_targets = true;
    return out;
  }

  std::future<http_response_ptr> send(http_request x) {
    if (!client)
      start();
    auto promise = std::make_shared<std::promise<http_response_ptr>>();
    auto out = promise->get_future();
    client->send(std::move(x),
                 [promise](http_response_ptr y) { promise->set_value(std::move(y)); });
    return out;
  }

  static http_response take(std::future<http_response_ptr> x) {
    REQUIRE(x.wait_for(20s) == std::future_status::ready);
    auto out = x.get();
    REQUIRE(out != nullptr);
    // With a status it may describe a fault of the body.
    if (out->fault != http_fault::none)
      CHECK_FALSE(out->error.empty());
    CHECK(out->error.size() <= 300);
    for (auto c : out->error)
      CHECK((c >= 0x20 && c < 0x7f));
    return *out;
  }

  http_response fetch(http_request x) {
    return take(send(std::move(x)));
  }

  http_response fetch(std::string url) {
    return fetch(to(std::move(url)));
  }
};

} // namespace carillon::test

namespace doctest {

template <>
struct StringMaker<carillon::http_fault> {
  static String convert(carillon::http_fault x) {
    auto text = carillon::to_string(x);
    return {text.data(), static_cast<unsigned>(text.size())};
  }
};

} // namespace doctest
