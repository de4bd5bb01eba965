#include "actors/webhooks/webhook_rules.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace carillon;

TEST_SUITE("actors/webhook_rules") {
  namespace {

  constexpr bool https_only = false;

  /// Like the client's check: a URL with "private" has a private address.
  expected<std::string> check_target(const std::string& url, bool privately) {
    if (!privately && url.find("private") != std::string::npos)
      return failure{ec::forbidden, "the address of the host may not be called", "url"};
    if (url.find("wrong") != std::string::npos)
      return failure{ec::invalid_argument, "the port is not a number of 1 to 65535", "url"};
    return url + "?checked";
  }

  create_webhook creation(std::string url) {
    create_webhook out;
    out.settings.url = std::move(url);
    return out;
  }

  update_webhook move_to(std::string url) {
    update_webhook out;
    out.id = 1;
    out.change.url = std::move(url);
    return out;
  }

  } // namespace

  TEST_CASE("a new webhook gets the URL as it is called") {
    const webhook_rules rules{https_only, false, check_target};
    auto x = rules.accept(creation("https://a.example/"));
    REQUIRE(x);
    CHECK(x->url == "https://a.example/?checked");
    CHECK(!x->private_targets);
    CHECK(webhook_rules{}.accept(creation("https://a.example/"))->url == "https://a.example/");
  }

  TEST_CASE("http is accepted only where the node calls it") {
    for (bool allowed : {false, true}) {
      const webhook_rules rules{allowed, false, check_target};
      CHECK(rules.accept(creation("http://a.example/")).has_value() == allowed);
      CHECK(rules.check(move_to("http://a.example/")).has_value() == allowed);
      CHECK(rules.check(move_to("HTTP://a.example/")).has_value() == allowed);
      CHECK(rules.accept(creation("https://a.example/")));
    }
  }

  TEST_CASE("private targets are the node's default unless the request says otherwise") {
    for (bool by_default : {false, true}) {
      const webhook_rules rules{https_only, by_default, check_target};
      auto x = creation("https://private.example/");
      CHECK(rules.accept(x).has_value() == by_default);
      x.private_targets = true;
      auto granted = rules.accept(x);
      REQUIRE(granted);
      CHECK(granted->private_targets);
      x.private_targets = false;
      auto refused = rules.accept(x);
      REQUIRE(!refused);
      CHECK(refused.error().code == ec::invalid_argument);
      CHECK(refused.error().detail.find("privateTargets") != std::string::npos);
    }
  }

  TEST_CASE("other faults of a URL are told as they are") {
    const webhook_rules rules{https_only, false, check_target};
    auto x = rules.accept(creation("https://wrong.example/"));
    REQUIRE(!x);
    CHECK(x.error().detail == "the port is not a number of 1 to 65535");
  }

  TEST_CASE("only an admin of the node gives private targets") {
    const webhook_rules rules{https_only, false, check_target};
    update_webhook x;
    x.change.private_targets = true;
    CHECK(rules.check(x));
    x.company_id = "c-1";
    auto refused = rules.check(x);
    REQUIRE(!refused);
    CHECK(refused.error().code == ec::forbidden);
    CHECK(refused.error().field == "privateTargets");
    x.change.private_targets = false;
    CHECK(rules.check(x));
  }

  TEST_CASE("a moved webhook keeps private targets, unless a company's admin moves it") {
    const webhook_rules rules{https_only, false, check_target};
    webhook_settings was;
    was.url = "https://private.example/";
    auto x = move_to("https://also-private.example/");
    CHECK(!rules.moved_url(x, was));
    was.private_targets = true;
    CHECK(rules.moved_url(x, was));
    x.company_id = "c-1";
    CHECK(!rules.moved_url(x, was));
    x.change.url = was.url;
    CHECK(rules.moved_url(x, was));
    x.change.private_targets = false;
    CHECK(!rules.moved_url(x, was));
  }
}
