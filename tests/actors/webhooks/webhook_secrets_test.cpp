#include "actors/webhooks/webhook_secrets.hpp"

#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_secrets") {
  namespace {

  constexpr const char* known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  struct fixture {
    test::temporary_directory dir;
    timestamp now = from_micros(1'800'000'000'000'000);
    webhook_secrets secrets = with_key("node.key");

    webhook_secrets with_key(const std::string& name) {
      auto box = secret_box::open(dir.path() + '/' + name);
      REQUIRE(box);
      return {std::make_shared<const secret_box>(*box), [this] { return now; }};
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a sealed secret opens again, and is not readable before") {
    const auto secret = *parse_webhook_secret(known);
    const auto sealed = secrets.seal(secret).value().sealed;
    CHECK(sealed.created_at == now);
    CHECK(!sealed.expires_at);
    CHECK(sealed.sealed.find("whsec_") == std::string::npos);
    auto opened = secrets.open({sealed});
    REQUIRE(opened);
    REQUIRE(opened->size() == 1);
    CHECK(opened->front().secret == secret);
  }

  TEST_CASE_FIXTURE(fixture, "an expired secret signs no more") {
    auto old = secrets.seal(make_webhook_secret(webhook_secret_kind::hmac).value()).value().sealed;
    old.expires_at = now + 1s;
    const std::vector all{
      secrets.seal(make_webhook_secret(webhook_secret_kind::ed25519).value()).value().sealed, old};
    CHECK(secrets.open(all)->size() == 2);
    CHECK(secrets.open(all)->back().expires_at == old.expires_at);
    now += 1s;
    CHECK(secrets.open(all)->size() == 1);
    CHECK(secrets.kind_of(all) == webhook_secret_kind::ed25519);
  }

  TEST_CASE_FIXTURE(fixture, "without its key only the newest secret has to be readable") {
    const auto lost = with_key("other.key")
                        .seal(make_webhook_secret(webhook_secret_kind::ed25519).value())
                        .value()
                        .sealed;
    const auto readable = secrets.seal(*parse_webhook_secret(known)).value().sealed;
    CHECK(secrets.open({readable, lost})->size() == 1);
    auto none = secrets.open({lost, readable});
    REQUIRE(!none);
    CHECK(none.error().code == ec::store_corrupt);
    // It can be replaced nevertheless.
    CHECK(secrets.kind_of({lost}) == webhook_secret_kind::hmac);
    CHECK(secrets.kind_of({}) == webhook_secret_kind::hmac);
  }

  TEST_CASE_FIXTURE(fixture, "a request names its secret, or gets a new one") {
    CHECK(to_text(*webhook_secrets::from(known, webhook_secret_kind::ed25519)) == known);
    const auto made = webhook_secrets::from("", webhook_secret_kind::ed25519);
    REQUIRE(made);
    CHECK(made->kind == webhook_secret_kind::ed25519);
    CHECK(to_text(*made) != to_text(*webhook_secrets::from("", webhook_secret_kind::ed25519)));
    CHECK(webhook_secrets::from("nonsense", webhook_secret_kind::hmac).error().field == "secret");
  }
}
