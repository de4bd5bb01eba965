#include "messages/webhooks/move.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("messages/webhook_move") {
  namespace {

  webhook_settings settings_of(std::string url, bool with_headers) {
    webhook_settings out;
    out.url = std::move(url);
    if (with_headers)
      out.headers = {{"Authorization", "Bearer hush"}};
    return out;
  }

  /// The field that must be named; empty if none.
  std::string asked_for(const webhook_settings& was, const webhook_change& by, bool with_secret) {
    auto out = check_move(was, by, with_secret);
    return out ? std::string{} : out.error().field;
  }

  webhook_change to(std::string url) {
    webhook_change out;
    out.url = std::move(url);
    return out;
  }

  } // namespace

  TEST_CASE("the host of a URL") {
    CHECK(host_of_url("https://Example.COM:8443/x?y") == "example.com");
    CHECK(host_of_url("https://example.com") == "example.com");
    CHECK(host_of_url("https://example.com.?x") == "example.com");
    CHECK(host_of_url("http://[::1]:80/") == "[::1]");
    CHECK(host_of_url("http://127.0.0.1:1") == "127.0.0.1");
    CHECK(host_of_url("nothing").empty());
  }

  TEST_CASE("elsewhere is another host, or the same without TLS") {
    const std::string from = "https://a.example/in";
    for (const char* same :
         {"https://a.example/other", "https://A.EXAMPLE./in", "https://a.example:443/in",
          "https://a.example:8443", "HTTPS://a.example"})
      CHECK_FALSE(leads_elsewhere(from, same));
    for (const char* other :
         {"https://b.example/in", "https://a.example.evil/in", "https://evil/a.example",
          "https://x.a.example/", "http://a.example/in", "https://1.1.1.1/"})
      CHECK(leads_elsewhere(from, other));
    CHECK_FALSE(leads_elsewhere("http://a.example", "https://a.example"));
  }

  TEST_CASE("what is hidden is asked for again when the host changes") {
    const auto was = settings_of("https://a.example/in", true);
    auto away = to("https://b.example/in");
    CHECK(asked_for(was, away, false) == "headers");
    CHECK(asked_for(was, away, true) == "headers");
    away.headers = was.headers;
    CHECK(asked_for(was, away, false) == "secret");
    CHECK(asked_for(was, away, true).empty());
    away.headers.emplace();
    CHECK(asked_for(was, away, true).empty());
    // Without headers the secret alone.
    const auto plain = settings_of("https://a.example/in", false);
    CHECK(asked_for(plain, to("https://b.example/"), false) == "secret");
    CHECK(asked_for(plain, to("https://b.example/"), true).empty());
  }

  TEST_CASE("within a host nothing is asked for, and no secret is taken") {
    const auto was = settings_of("https://a.example/in", true);
    CHECK(asked_for(was, to("https://a.example/v2"), false).empty());
    CHECK(asked_for(was, {}, false).empty());
    CHECK(asked_for(was, to("https://a.example/v2"), true) == "secret");
    CHECK(asked_for(was, {}, true) == "secret");
  }
}
