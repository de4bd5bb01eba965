#include "net/sso/provider.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("net/sso/provider") {
  namespace {

  /// Answers as it is told to, and counts readings of keys.
  struct fake_provider {
    std::mutex mutex;
    bool well = true;
    int readings = 0;

    expected<sso::fetch_answer> send(const sso::fetch_request& x) {
      const std::lock_guard lock{mutex};
      if (!well)
        return failure{ec::overloaded, "away", {}};
      if (x.url == "https://id/keys") {
        ++readings;
        return sso::fetch_answer{
          200,
          R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})"};
      }
      return sso::fetch_answer{
        200,
        R"({"issuer":"https://id","authorization_endpoint":"https://id/a","token_endpoint":"https://id/t","jwks_uri":"https://id/keys"})"};
    }

    void set_well(bool x) {
      const std::lock_guard lock{mutex};
      well = x;
    }

    sso::fetcher fetcher() {
      return [this](const sso::fetch_request& x) { return send(x); };
    }
  };

  sso::provider::clock::time_point soon() {
    return sso::provider::clock::now() + 20s;
  }

  } // namespace

  TEST_CASE("it is read at once, and unknown keys are a reason for few readings") {
    fake_provider fake;
    std::atomic<bool> ends{false};
    sso::provider x{"https://id", fake.fetcher(), ends, {.least_pause = 1h}};
    // It may be read before we wait for it.
    while (x.facts() == nullptr)
      x.renew(soon());
    CHECK(x.facts()->keys.size() == 1);
    for (int i = 0; i < 100; ++i)
      CHECK(!x.ask());
    CHECK(!x.renew(soon()));
    CHECK(fake.readings == 1);
  }

  TEST_CASE("one that is away is tried again, and what it said before stays") {
    fake_provider fake;
    fake.set_well(false);
    std::atomic<bool> ends{false};
    sso::provider x{"https://id", fake.fetcher(), ends, {.retry = 1ms, .least_pause = 0ms}};
    CHECK(x.renew(soon()));
    CHECK(x.facts() == nullptr);
    CHECK(x.trouble().find("away") != std::string::npos);
    fake.set_well(true);
    while (x.facts() == nullptr)
      CHECK(x.renew(soon()));
    fake.set_well(false);
    while (x.trouble().empty())
      CHECK(x.renew(soon()));
    CHECK(x.facts() != nullptr);
  }

  TEST_CASE("what was read too long ago does not count") {
    fake_provider fake;
    std::atomic<bool> ends{false};
    sso::provider x{
      "https://id", fake.fetcher(), ends, {.retry = 1ms, .least_pause = 0ms, .keep = 0ms}};
    while (x.facts() == nullptr)
      CHECK(x.renew(soon()));
    fake.set_well(false);
    while (x.facts() != nullptr)
      CHECK(x.renew(soon()));
  }
}
