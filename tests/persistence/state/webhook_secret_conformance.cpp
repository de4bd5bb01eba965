#include "tests/persistence/state/webhook_secret_steps.hpp"

// The contract of every state_store about the secrets of webhooks.

namespace carillon::test {

using namespace std::chrono_literals;

TEST_SUITE("persistence/webhook_store") {
  TEST_CASE("a new secret is in front, and those before it expire") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    rotate(f, id, "second", epoch + 1h);
    rotate(f, id, "third", epoch + 2h, epoch + 1s);
    f.restart();
    const auto all = must(f.state->webhooks().get(get_webhook{.id = id})).secrets;
    REQUIRE(all.size() == 3);
    CHECK(all[0].sealed == "third");
    CHECK(all[0].created_at == epoch + 1s);
    CHECK_FALSE(all[0].expires_at);
    CHECK(all[1].expires_at == epoch + 2h);
    // Never later than it was said.
    CHECK(all[2].sealed == "first");
    CHECK(all[2].expires_at == epoch + 1h);
  }

  TEST_CASE("secrets that expired are deleted, at once if there is no grace") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const auto other = f.add_webhook().id;
    rotate(f, id, "second", epoch + 1h);
    rotate(f, id, "third", epoch + 9h, epoch + 1h);
    CHECK(secrets_of(f, id) == texts{"third", "second"});
    rotate(f, id, "fourth", epoch + 2h, epoch + 2h);
    CHECK(secrets_of(f, id) == texts{"fourth"});
    CHECK(secrets_of(f, other) == texts{"first"});
  }

  TEST_CASE("secrets do not pile up") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    for (int i = 2; i <= 5; ++i)
      rotate(f, id, std::to_string(i), epoch + 24h);
    const texts five{"5", "4", "3", "2", "first"};
    CHECK(secrets_of(f, id) == five);
    // None is dropped before its time: a receiver that still uses it would reject our messages as
    // forged.
    auto sixth = [&](timestamp old_expire_at, timestamp now) {
      return code_of(f.state->webhooks().add_secret(
        {.id = id, .secret = make_secret("6", now), .old_expire_at = old_expire_at, .by = by_key},
        now));
    };
    const auto rows = f.audit_rows();
    for (auto grace : {1s, 3'600s, 86'400s})
      CHECK(sixth(epoch + 23h + grace, epoch + 23h) == ec::conflict);
    CHECK(secrets_of(f, id) == five);
    CHECK(must(f.state->webhooks().get(get_webhook{.id = id})).secrets[1].expires_at
          == epoch + 24h);
    CHECK(f.audit_rows() == rows);
    SUBCASE("at once, if all of them end") {
      CHECK(sixth(epoch + 23h, epoch + 23h) == ec::none);
      CHECK(secrets_of(f, id) == texts{"6"});
    }
    SUBCASE("when they have expired") {
      CHECK(sixth(epoch + 99h, epoch + 24h) == ec::none);
      CHECK(secrets_of(f, id) == texts{"6", "5"});
    }
  }
}

} // namespace carillon::test
