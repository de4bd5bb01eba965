#include "tests/persistence/state/webhook_secret_steps.hpp"

#include <functional>

// The contract of every state_store about webhooks; see also webhook_secret_conformance.cpp.

namespace carillon::test {

TEST_SUITE("persistence/webhook_store") {
  namespace {

  using namespace std::chrono_literals;

  webhook_change change_of_url(std::string url) {
    webhook_change x;
    x.url = std::move(url);
    return x;
  }

  using numbers = std::vector<uint64_t>;

  numbers follow(state_fixture& f, list_request page) {
    numbers all;
    do {
      const auto part = must(f.state->webhooks().list({page}));
      CHECK(part.items.size() <= page.limit);
      for (const auto& x : part.items)
        all.push_back(x.id);
      page.beyond = part.next;
    } while (page.beyond);
    return all;
  }

  /// Fails at one event for good and at another for now, as the endpoint's consumer.
  void fail_twice(state_fixture& f, uint64_t id) {
    consumer_commit x{.consumer = webhook_consumer(id), .cursor = 9, .now = epoch};
    x.upsert_retries.push_back({.seq = 8, .attempts = 1, .due = epoch + 1h});
    x.dead_letters.push_back(make_letter(9));
    x.effects = effects::of(make_attempt({id, 8}, webhook_delivery_state::retrying),
                            make_attempt({id, 9}, webhook_delivery_state::failed));
    must(f.commit(std::move(x)));
  }

  } // namespace

  TEST_CASE("a webhook comes back as it was registered, also after a restart") {
    state_fixture f;
    const auto made = f.add_webhook("acme", 7);
    CHECK(made.id == 1);
    f.restart();
    for (const auto& x : {made, f.find_webhook(made.id)}) {
      CHECK(x.settings == make_settings());
      CHECK(x.enabled);
      CHECK(x.disabled_reason.empty());
      CHECK_FALSE(x.failing_since);
      CHECK(x.created_at == epoch);
      CHECK(x.updated_at == epoch);
      CHECK(x.awake_at == 7);
      CHECK(x.asleep_at == 6);
      CHECK(x.active());
      CHECK_FALSE(x.retrying);
    }
    CHECK(f.record("webhook.1").cursor == 7);
    CHECK(secrets_of(f, 1) == texts{"first"});
  }

  TEST_CASE("a webhook that begins with an empty log is active too") {
    state_fixture f;
    const auto x = f.add_webhook("acme", 0);
    CHECK(x.awake_at == 1);
    CHECK(x.asleep_at == 0);
    CHECK(f.record("webhook.1").cursor == 0);
  }

  TEST_CASE("a webhook with nothing but a URL is kept so") {
    state_fixture f;
    webhook_settings plain;
    plain.url = "http://a.example";
    plain.retry.schedule.clear();
    const auto id = must(f.state->webhooks().insert({.settings = plain}, epoch)).id;
    CHECK(f.find_webhook(id).settings == plain);
    CHECK(must(f.state->webhooks().get(get_webhook{.id = id, .company_id = ""})).webhook.id == id);
  }

  TEST_CASE("secrets are bytes") {
    state_fixture f;
    const std::string bytes{"\0\xff\n'\x80;", 6};
    const auto id = must(f.state->webhooks().insert(
                           {.settings = make_settings(), .sealed = make_secret(bytes)}, epoch))
                      .id;
    CHECK(secrets_of(f, id) == texts{bytes});
  }

  TEST_CASE("what is done to a webhook is audited without headers and secrets") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    auto change = change_of_url("https://b.example");
    change.headers.emplace().emplace_back("X-Key", "hush");
    must(f.state->webhooks().update(
      {.id = id, .change = change, .sealed = make_secret("sealed-first", epoch), .by = by_key},
      epoch));
    rotate(f, id, "sealed-text", epoch + 1h);
    must(f.state->webhooks().enable({.id = id, .enabled = false, .reason = "gone", .by = by_key},
                                    epoch));
    must(f.state->webhooks().enable({.id = id, .enabled = true, .by = by_key}, epoch));
    must(f.state->webhooks().remove(delete_webhook{.id = id, .by = by_key}, epoch));
    const auto rows = must(f.state->audit().list({{.ascending = true}})).items;
    const texts actions{"webhook.created",  "webhook.changed", "webhook.secret_rotated",
                        "webhook.disabled", "webhook.enabled", "webhook.deleted"};
    REQUIRE(rows.size() == actions.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto& x = rows[i].entry;
      CHECK(x.action == actions[i]);
      CHECK(x.actor == "key:1");
      CHECK(x.origin == "10.0.0.9");
      CHECK(x.company_id == "acme");
      CHECK(x.subject == "webhook:" + std::to_string(id));
      for (const auto* secret : {"hush", "sealed", "Bearer", "quoted", "first"})
        CHECK(x.detail.find(secret) == std::string::npos);
    }
    CHECK(rows[1].entry.detail == R"({"fields":["url","headers","secret"]})");
    CHECK(rows[3].entry.detail == R"({"reason":"gone"})");
    CHECK(must(f.state->audit().verify({})).verdict.valid);
  }

  TEST_CASE("a change sets what is given and leaves the rest") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    webhook_change change;
    change.url = "https://b.example/x";
    change.ordered = false;
    change.max_in_flight = 9;
    change.rate_per_second = 2.5;
    change.retry = webhook_retry_policy{{1s}};
    change.headers.emplace();
    change.description = "";
    auto wanted = changed(make_settings(), change);
    const auto x = must(f.state->webhooks().update(
      {.id = id, .change = change, .sealed = make_secret("s", epoch)}, epoch + 1s));
    CHECK(x.settings == wanted);
    CHECK(x.created_at == epoch);
    CHECK(x.updated_at == epoch + 1s);
    f.restart();
    CHECK(f.find_webhook(id).settings == wanted);
  }

  TEST_CASE("a change to what is there already does nothing") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const auto before = f.audit_rows();
    for (const auto& change : {webhook_change{}, change_of_url(make_settings().url)})
      CHECK(must(f.state->webhooks().update({.id = id, .change = change}, epoch + 1s)).updated_at
            == epoch);
    CHECK(f.audit_rows() == before);
  }

  TEST_CASE("new types wake a webhook, other changes do not") {
    state_fixture f;
    const auto id = f.add_webhook("acme", 3).id;
    must(f.state->webhooks().note_idle({.id = id, .at = 12}));
    webhook_change other;
    other.description = "another";
    CHECK_FALSE(must(f.state->webhooks().update({.id = id, .change = other}, epoch)).active());
    webhook_change change;
    change.types.emplace();
    const auto x = must(f.state->webhooks().update({.id = id, .change = change}, epoch));
    CHECK(x.settings.types.empty());
    CHECK(x.awake_at == 13);
    CHECK(x.asleep_at == 12);
  }

  TEST_CASE("disabling tells why, and enabling forgets the failures and wakes") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    f.commit_effects(effects::of(webhook_health{id, epoch + 1s}));
    must(f.state->webhooks().note_idle({.id = id, .at = 5}));
    const auto off = must(
      f.state->webhooks().enable({.id = id, .enabled = false, .reason = "failing"}, epoch + 2s));
    CHECK_FALSE(off.enabled);
    CHECK(off.disabled_reason == "failing");
    CHECK(off.failing_since == epoch + 1s);
    CHECK(off.updated_at == epoch + 2s);
    CHECK_FALSE(off.active());
    f.restart();
    CHECK(f.find_webhook(id).disabled_reason == "failing");
    const auto on = must(f.state->webhooks().enable({.id = id, .enabled = true}, epoch + 3s));
    CHECK(on.enabled);
    CHECK(on.disabled_reason.empty());
    CHECK_FALSE(on.failing_since);
    CHECK(on.awake_at == 6);
  }

  TEST_CASE("enabling what is enabled does nothing, nor does disabling twice") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    auto rows = f.audit_rows();
    CHECK(must(f.state->webhooks().enable({.id = id, .enabled = true}, epoch + 1s)).updated_at
          == epoch);
    CHECK(f.audit_rows() == rows);
    CHECK(must(f.state->webhooks().enable({.id = id, .enabled = false}, epoch)).disabled_reason
          == "operator");
    rows = f.audit_rows();
    const auto again = must(
      f.state->webhooks().enable({.id = id, .enabled = false, .reason = "gone"}, epoch + 1s));
    CHECK(again.disabled_reason == "operator");
    CHECK(again.updated_at == epoch);
    CHECK(f.audit_rows() == rows);
  }

  TEST_CASE("a webhook that is deleted takes all with it but its deliveries") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const auto other = f.add_webhook().id;
    fail_twice(f, id);
    fail_twice(f, other);
    CHECK(f.find_webhook(id).retrying);
    must(f.state->webhooks().remove(delete_webhook{.id = id}, epoch + 1s));
    f.restart();
    CHECK(code_of(f.state->webhooks().get(get_webhook{.id = id})) == ec::not_found);
    CHECK(follow(f, {}) == numbers{other});
    CHECK(must(f.state->dead_letters().list({})).items.size() == 1);
    CHECK(must(f.state->consumers().failures({.seq = 8})).size() == 1);
    for (const auto& x : must(f.state->deliveries().list({.webhook_id = id})).items) {
      CHECK(x.state == webhook_delivery_state::failed);
      CHECK_FALSE(x.next_at);
    }
    CHECK(must(f.state->deliveries().list({.webhook_id = id})).items.size() == 2);
    const auto kept = must(
      f.state->deliveries().list({.webhook_id = other, .state = webhook_delivery_state::retrying}));
    CHECK(kept.items.size() == 1);
  }

  TEST_CASE("nothing brings a deleted webhook back") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const auto name = webhook_consumer(id);
    must(f.state->webhooks().remove(delete_webhook{.id = id}, epoch));
    CHECK(code_of(f.state->consumers().open({.name = name}, epoch)) == ec::not_found);
    CHECK(code_of(f.commit({.consumer = name, .cursor = 3, .now = epoch})) == ec::not_found);
    CHECK(code_of(f.state->consumers().pause({.name = name}, epoch)) == ec::not_found);
    CHECK(code_of(f.state->webhooks().remove(delete_webhook{.id = id}, epoch)) == ec::not_found);
    f.commit_effects(effects::of(make_attempt({id, 1}, webhook_delivery_state::retrying),
                                 make_attempt({id, 2}), webhook_activation{id, 5},
                                 webhook_health{id, epoch}));
    CHECK(code_of(f.state->webhooks().get(get_webhook{.id = id})) == ec::not_found);
    CHECK(must(f.state->webhooks().list({})).items.empty());
    // The history is complete, but nothing waits for ever.
    const auto kept = must(f.state->deliveries().list({.webhook_id = id})).items;
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].state == webhook_delivery_state::delivered);
    CHECK(kept[1].state == webhook_delivery_state::failed);
    CHECK_FALSE(kept[1].next_at);
    CHECK(f.add_webhook().id > id);
  }

  TEST_CASE("a consumer is not made for a webhook that was never there") {
    state_fixture f;
    CHECK(code_of(f.state->consumers().open({.name = "webhook.7"}, epoch)) == ec::not_found);
    CHECK(must(f.state->consumers().list()).empty());
    must(f.state->consumers().open({.name = "webhook.matcher"}, epoch));
  }

  TEST_CASE("headers and secret do not go to another host by themselves") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    REQUIRE_FALSE(make_settings().headers.empty());
    auto move = [&](webhook_change change, bool with_secret) {
      update_webhook x{.id = id, .change = std::move(change)};
      if (with_secret)
        x.sealed = make_secret("second", epoch);
      return f.state->webhooks().update(x, epoch);
    };
    auto elsewhere = change_of_url("https://elsewhere.example/in");
    CHECK(move(elsewhere, true).error().field == "headers");
    CHECK(move(elsewhere, false).error().field == "headers");
    elsewhere.headers = make_settings().headers;
    CHECK(move(elsewhere, false).error().field == "secret");
    // Not without a move: rotation is for that.
    CHECK(move(webhook_change{}, true).error().field == "secret");
    CHECK(f.find_webhook(id).settings == make_settings());
    CHECK(secrets_of(f, id) == texts{"first"});
    rotate(f, id, "graced", epoch + 1h);
    const auto moved = must(move(elsewhere, true));
    CHECK(moved.settings.url == "https://elsewhere.example/in");
    CHECK(moved.settings.headers == make_settings().headers);
    // Earlier secrets do not sign for another party.
    CHECK(secrets_of(f, id) == texts{"second"});
  }

  TEST_CASE("private targets are given by those who are bound to no company, and do not move") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    webhook_change give;
    give.private_targets = true;
    CHECK_FALSE(
      must(f.state->webhooks().update({.id = id, .company_id = "acme", .change = give}, epoch))
        .settings.private_targets);
    CHECK(
      must(f.state->webhooks().update({.id = id, .change = give}, epoch)).settings.private_targets);
    f.restart();
    CHECK(f.find_webhook(id).settings.private_targets);
    // Another path of the same host counts as another target.
    webhook_change same = change_of_url(make_settings().url);
    same.description = "moved";
    CHECK(must(f.state->webhooks().update({.id = id, .company_id = "acme", .change = same}, epoch))
            .settings.private_targets);
    const auto path = change_of_url(make_settings().url + "/admin");
    CHECK(
      must(f.state->webhooks().update({.id = id, .change = path}, epoch)).settings.private_targets);
    const auto back = change_of_url(make_settings().url);
    CHECK_FALSE(
      must(f.state->webhooks().update({.id = id, .company_id = "acme", .change = back}, epoch))
        .settings.private_targets);
  }

  TEST_CASE("the fingerprint of the node's key is noted once") {
    state_fixture f;
    CHECK(must(f.state->node_key().fingerprint({})).empty());
    CHECK(must(f.state->node_key().fingerprint("aa")) == "aa");
    CHECK(must(f.state->node_key().fingerprint("bb")) == "aa");
    f.restart();
    CHECK(must(f.state->node_key().fingerprint({})) == "aa");
    must(f.state->node_key().replace("bb"));
    CHECK(must(f.state->node_key().fingerprint({})) == "bb");
  }

  TEST_CASE("webhooks are listed by company, in pages, both ways") {
    state_fixture f;
    for (int i = 0; i < 7; ++i)
      f.add_webhook(i % 2 == 0 ? "acme" : i == 1 ? "" : "beta");
    CHECK(follow(f, {.limit = 2}) == numbers{7, 6, 5, 4, 3, 2, 1});
    CHECK(follow(f, {.limit = 3, .ascending = true}) == numbers{1, 2, 3, 4, 5, 6, 7});
    CHECK(follow(f, {.limit = 1, .company_id = "acme"}) == numbers{7, 5, 3, 1});
    CHECK(follow(f, {.limit = 1, .company_id = "beta", .ascending = true}) == numbers{4, 6});
    CHECK(follow(f, {.company_id = ""}) == numbers{2});
    CHECK(follow(f, {.company_id = "none"}).empty());
    CHECK(follow(f, {.beyond = 3, .limit = 1}) == numbers{2, 1});
    CHECK(follow(f, {.beyond = 5, .ascending = true}) == numbers{6, 7});
    CHECK(must(f.state->webhooks().list({{.limit = 1, .company_id = "beta"}})).items[0].settings
          == make_settings("beta"));
  }

  TEST_CASE("a webhook is passivated and activated, and neither ever moves back") {
    state_fixture f;
    const auto id = f.add_webhook("acme", 4).id;
    const auto other = f.add_webhook("acme", 4).id;
    must(f.state->webhooks().note_idle({.id = id, .at = 9}));
    must(f.state->webhooks().note_idle({.id = id, .at = 6}));
    CHECK(f.find_webhook(id).asleep_at == 9);
    CHECK_FALSE(f.find_webhook(id).active());
    f.commit_effects(effects::of(webhook_activation{id, 15}, webhook_activation{id, 11},
                                 webhook_activation{other, 2}));
    f.restart();
    CHECK(f.find_webhook(id).awake_at == 15);
    CHECK(f.find_webhook(id).asleep_at == 9);
    CHECK(f.find_webhook(id).updated_at == epoch);
    CHECK(f.find_webhook(other).awake_at == 4);
    CHECK(code_of(f.state->webhooks().note_idle({.id = 99, .at = 9})) == ec::not_found);
  }

  TEST_CASE("failing begins and ends with what endpoints commit") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    f.commit_effects(effects::of(webhook_health{id, epoch + 1s}));
    f.restart();
    CHECK(f.find_webhook(id).failing_since == epoch + 1s);
    f.commit_effects(effects::of(webhook_health{id, std::nullopt}));
    CHECK_FALSE(f.find_webhook(id).failing_since);
  }

  TEST_CASE("effects of a commit that is refused leave no trace") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 5, .now = epoch}));
    consumer_commit bad{.consumer = "a", .cursor = 4, .now = epoch};
    bad.effects
      = effects::of(make_attempt({id, 3}), webhook_activation{id, 9}, webhook_health{id, epoch});
    CHECK(code_of(f.commit(std::move(bad))) == ec::conflict);
    CHECK(f.find_webhook(id).awake_at == 1);
    CHECK_FALSE(f.find_webhook(id).failing_since);
    CHECK(must(f.state->deliveries().list({.webhook_id = id})).items.empty());
  }

  TEST_CASE("another company's webhook is not found, whatever is asked") {
    state_fixture f;
    const auto id = f.add_webhook("acme").id;
    const auto everyones = f.add_webhook("").id;
    f.commit_effects(effects::of(make_attempt({id, 3}, webhook_delivery_state::failed),
                                 make_attempt({everyones, 3}, webhook_delivery_state::failed)));
    using ask = std::function<ec(uint64_t, std::optional<std::string>)>;
    auto& s = f.state->webhooks();
    auto& deliveries = f.state->deliveries();
    const std::vector<std::pair<const char*, ask>> all{
      {"get",
       [&](auto i, auto c) { return code_of(s.get(get_webhook{.id = i, .company_id = c})); }},
      {"update",
       [&](auto i, auto c) {
         return code_of(s.update(
           {.id = i, .company_id = c, .change = change_of_url(make_settings().url + "?c")}, epoch));
       }},
      {"enable",
       [&](auto i, auto c) {
         return code_of(s.enable({.id = i, .company_id = c, .enabled = false}, epoch));
       }},
      {"secret",
       [&](auto i, auto c) {
         return code_of(s.add_secret({.id = i, .company_id = c, .old_expire_at = epoch}, epoch));
       }},
      {"resend",
       [&](auto i, auto c) {
         return code_of(deliveries.resend({.key = {i, 3}, .company_id = c}, epoch));
       }},
      {"recover",
       [&](auto i, auto c) {
         return code_of(deliveries.recover({.id = i, .company_id = c, .since = epoch}, epoch));
       }},
      {"remove", [&](auto i, auto c) {
         return code_of(s.remove(delete_webhook{.id = i, .company_id = c}, epoch));
       }}};
    const auto rows = f.audit_rows();
    for (const auto& one : all) {
      CAPTURE(one.first);
      CHECK(one.second(id, "beta") == ec::not_found);
      CHECK(one.second(id, "") == ec::not_found);
      CHECK(one.second(everyones, "acme") == ec::not_found);
      CHECK(one.second(99, "acme") == ec::not_found);
      CHECK(one.second(99, std::nullopt) == ec::not_found);
    }
    CHECK(f.audit_rows() == rows);
    CHECK(f.find_webhook(id).settings == make_settings());
    for (const auto& one : all) {
      CAPTURE(one.first);
      CHECK(one.second(id, "acme") == ec::none);
      CHECK(one.second(everyones, std::nullopt) == ec::none);
    }
  }
}

} // namespace carillon::test
