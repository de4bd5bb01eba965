#include "messages/webhooks/signature.hpp"
#include "tests/actors/webhooks/webhook_hub_world.hpp"
#include "tests/support/printing.hpp"

#include <map>
#include <set>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// Allowed targets of webhooks, and the secrets sent to them.

TEST_SUITE("actors/webhook_targets") {
  namespace {

  constexpr const char* known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  struct target_fixture : hub_world {
    /// Checked URLs, and whether private targets were allowed.
    std::vector<std::pair<std::string, bool>> asked;

    target_fixture() {
      allow_http = true;
      // Like the client's check: a URL with "private" has a private address.
      check_target = [this](const std::string& url, bool may) -> expected<std::string> {
        asked.emplace_back(url, may);
        if (url.find("never") != std::string::npos)
          return failure{ec::invalid_argument, "the port is not a number of 1 to 65535", "url"};
        if (!may && url.find("private") != std::string::npos)
          return failure{ec::forbidden, "the address of the host may not be called", "url"};
        return url.find("converted") == std::string::npos ? url : "https://xn--converted.example/";
      };
      start();
    }

    caf::expected<webhook_answer> create(const std::string& url, std::optional<bool> may = {}) {
      create_webhook x;
      x.settings.url = url;
      x.settings.company_id = "c-1";
      x.private_targets = may;
      auto out = ask<webhook_answer>(hub, x);
      if (out)
        state.consumers[webhook_consumer(out->webhook.id)].record.cursor = log.head();
      return out;
    }

    caf::expected<webhook_answer> change(uint64_t id, webhook_change what,
                                         std::optional<std::string> company = {},
                                         std::optional<std::string> secret = {}) {
      update_webhook x;
      x.id = id;
      x.company_id = std::move(company);
      x.change = std::move(what);
      x.secret = std::move(secret);
      return ask<webhook_answer>(hub, x);
    }

    static webhook_change to(std::string url) {
      webhook_change out;
      out.url = std::move(url);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(target_fixture, "what can never be called is refused at the door") {
    auto never = create("https://never.example:99999/");
    REQUIRE_FALSE(never);
    CHECK(to_failure(never.error()).code == ec::invalid_argument);
    CHECK(to_failure(never.error()).field == "url");
    auto hook = create("https://converted.example/");
    REQUIRE(hook);
    CHECK(hook->webhook.settings.url == "https://xn--converted.example/");
    auto changed = change(1, to("https://never.example"), {}, known);
    REQUIRE_FALSE(changed);
    CHECK(to_failure(changed.error()).field == "url");
    changed = change(1, to("https://converted.example/x"), {}, known);
    REQUIRE(changed);
    CHECK(changed->webhook.settings.url == "https://xn--converted.example/");
  }

  TEST_CASE_FIXTURE(target_fixture, "private targets are a permission of one webhook") {
    auto refused = create("http://private.example/");
    REQUIRE_FALSE(refused);
    CHECK(to_failure(refused.error()).code == ec::invalid_argument);
    CHECK(to_failure(refused.error()).detail.find("privateTargets") != std::string::npos);
    CHECK_FALSE(create("http://private.example/", false));
    auto hook = create("http://private.example/", true);
    REQUIRE(hook);
    CHECK(hook->webhook.settings.private_targets);
    auto other = create("http://public.example/");
    REQUIRE(other);
    publish("order.created", "c-1");
    run(1s);
    REQUIRE(calls.size() == 2);
    for (const auto& x : calls) {
      CHECK(x.request.private_targets == (x.request.url == hook->webhook.settings.url));
      CHECK(x.request.sender == (x.request.private_targets ? 1 : 2));
    }
  }

  TEST_CASE_FIXTURE(target_fixture, "a company's admin never gets private targets") {
    REQUIRE(create("http://public.example/"));
    webhook_change give;
    give.private_targets = true;
    auto refused = change(1, give, "c-1");
    REQUIRE_FALSE(refused);
    CHECK(to_failure(refused.error()).code == ec::forbidden);
    REQUIRE(change(1, give));
    // Permissions and secrets are not kept for another URL.
    asked.clear();
    CHECK_FALSE(change(1, to("http://private.example/api/keys"), "c-1", known));
    REQUIRE(asked.size() == 1);
    CHECK_FALSE(asked.front().second);
    CHECK(change(1, to("http://private.example/"), {}, known));
    CHECK(asked.back().second);
  }

  TEST_CASE_FIXTURE(hub_world, "where nobody asks, the node's default counts") {
    options.private_targets = true;
    start();
    CHECK(add({}).settings.private_targets);
    create_webhook bound;
    bound.settings.url = "https://a.example";
    bound.private_targets = false;
    auto made = ask<webhook_answer>(hub, bound);
    REQUIRE(made);
    CHECK_FALSE(made->webhook.settings.private_targets);
  }

  TEST_CASE_FIXTURE(target_fixture, "another host gets the secret that is named, or a new one") {
    auto hook = create("https://a.example/");
    REQUIRE(hook);
    auto named = change(1, to("https://b.example/"), {}, known);
    REQUIRE(named);
    CHECK(named->secret.empty());
    publish("order.created", "c-1");
    run(1s);
    auto made = change(1, to("https://c.example/"), {}, "");
    REQUIRE(made);
    CHECK(made->secret.starts_with("whsec_"));
    CHECK(made->secret != hook->secret);
    publish("order.created", "c-1");
    run(1s);
    REQUIRE(calls.size() == 2);
    auto signed_by = [](const received& call, const std::string& secret) {
      std::map<std::string, std::string> headers;
      for (const auto& [name, value] : call.request.headers)
        headers[name] = value;
      auto parsed = parse_webhook_secret(secret);
      REQUIRE(parsed.has_value());
      return headers["webhook-signature"]
             == sign_all(std::vector{*parsed}, headers["webhook-id"],
                         std::stoll(headers["webhook-timestamp"]), *call.request.body)
                  .value();
    };
    CHECK(signed_by(calls[0], known));
    CHECK(signed_by(calls[1], made->secret));
    CHECK_FALSE(change(1, to("https://d.example/"), {}, "whsec_no"));
  }

  TEST_CASE_FIXTURE(hub_world, "a clock that is set back holds no attempt off") {
    start();
    webhook_settings own;
    own.retry.schedule = {2s, 2s, 2s};
    auto hook = add(own);
    receiver = [](const received&) { return status(500); };
    publish();
    run(500ms);
    REQUIRE(sent(hook.id, 1) == 1);
    SUBCASE("while it runs") {
      shift = -1h;
      run(10s);
    }
    SUBCASE("over a restart") {
      crash();
      shift = -1h;
      start();
      run(10s);
    }
    SUBCASE("when a receiver had asked for a pause") {
      receiver = [](const received&) { return status(503, "3"); };
      run(3s);
      REQUIRE(sent(hook.id, 1) == 2);
      shift = -1h;
      run(10s);
    }
    CHECK(sent(hook.id, 1) == 4);
  }

  TEST_CASE_FIXTURE(hub_world, "a tenant is not told which names exist") {
    start();
    auto hook = add({});
    std::set<std::string> texts;
    for (auto fault_seen : {http_fault::dns, http_fault::address_refused}) {
      receiver = [fault_seen](const received&) {
        auto out = fault(fault_seen);
        out.response.error = std::string{to_string(fault_seen)} + " of db.internal";
        return out;
      };
      publish();
      run(1s);
      auto known_status = ask<webhook_status>(hub, get_webhook_status{hook.id});
      REQUIRE(known_status);
      texts.insert(known_status->consumer.last_error);
    }
    CHECK(texts
          == std::set<std::string>{"unreachable: the host has no address that may be called"});
    // The attempt itself shows the fault to operators.
    CHECK(store.attempts.front().response->fault == http_fault::dns);
  }
}
