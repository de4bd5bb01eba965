#include "tests/persistence/state/state_fixture.hpp"

#include <algorithm>

// The contract of every state_store about deliveries and their attempts.

namespace carillon::test {

TEST_SUITE("persistence/webhook_deliveries") {
  namespace {

  using namespace std::chrono_literals;
  using state = webhook_delivery_state;
  using keys = std::vector<webhook_delivery_key>;

  webhook_attempt full_attempt(webhook_delivery_key key) {
    auto response = std::make_shared<http_response>();
    response->fault = http_fault::too_large;
    response->error = "the body is beyond 64 KiB";
    response->status = 503;
    response->retry_after = "Wed, 21 Oct 2026 07:28:00 GMT";
    response->body = std::string{"\0\xff text", 7};
    response->remote_address = "[2001:db8::1]:443";
    response->phases = {0.0, 1.5, 20.25, -1.0, 15'000.125};
    auto x = make_attempt(key, state::retrying, epoch + 3us);
    x.trigger = attempt_trigger::retry;
    x.response = std::move(response);
    x.next_reason = "schedule: 60 s after attempt 1";
    return x;
  }

  void check_same(const http_response& x, const http_response& y) {
    CHECK(x.fault == y.fault);
    CHECK(x.error == y.error);
    CHECK(x.status == y.status);
    CHECK(x.retry_after == y.retry_after);
    CHECK(x.body == y.body);
    CHECK(x.remote_address == y.remote_address);
    CHECK(x.phases.dns_ms == y.phases.dns_ms);
    CHECK(x.phases.connect_ms == y.phases.connect_ms);
    CHECK(x.phases.tls_ms == y.phases.tls_ms);
    CHECK(x.phases.first_byte_ms == y.phases.first_byte_ms);
    CHECK(x.phases.total_ms == y.phases.total_ms);
  }

  keys follow(state_fixture& f, list_webhook_deliveries ask) {
    keys all;
    do {
      const auto page = must(f.state->deliveries().list(ask));
      CHECK(page.items.size() <= ask.limit);
      for (const auto& x : page.items)
        all.push_back(x.key);
      ask.beyond = page.next;
    } while (ask.beyond);
    return all;
  }

  /// Deliveries, the oldest first, that were created a second apart.
  void deliver(state_fixture& f, uint64_t webhook, position count, state after = state::delivered) {
    effects x;
    for (position seq = 1; seq <= count; ++seq)
      x.add(make_attempt({webhook, seq}, after, epoch + std::chrono::seconds{seq}));
    f.commit_effects(std::move(x));
  }

  std::vector<position> seqs(state_fixture& f, uint64_t webhook) {
    std::vector<position> all;
    for (const auto& x : follow(f, {.webhook_id = webhook}))
      all.push_back(x.seq);
    return all;
  }

  } // namespace

  TEST_CASE("an attempt comes back as it was, also after a restart") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const webhook_delivery_key key{id, 5, 2};
    const auto sent = full_attempt(key);
    f.commit_effects(effects::of(sent), epoch + 1s);
    f.restart();
    const auto history = must(f.state->deliveries().get({.key = key}));
    const auto& d = history.delivery;
    CHECK(d.key == key);
    CHECK(d.event_id == "e5");
    CHECK(d.event_type == "order.created");
    CHECK(d.company_id == "acme");
    CHECK(d.state == state::retrying);
    CHECK(d.attempts == 1);
    CHECK(d.last_status == 503);
    CHECK(d.last_fault == http_fault::too_large);
    CHECK(d.next_at == sent.next_at);
    CHECK(d.created_at == sent.at);
    CHECK(d.updated_at == epoch + 1s);
    REQUIRE(history.attempts.size() == 1);
    const auto& a = history.attempts[0];
    CHECK(a.delivery == key);
    CHECK(a.event_id == sent.event_id);
    CHECK(a.event_type == sent.event_type);
    CHECK(a.company_id == sent.company_id);
    CHECK(a.number == 1);
    CHECK(a.at == sent.at);
    CHECK(a.trigger == attempt_trigger::retry);
    CHECK(a.url == sent.url);
    CHECK(a.after == state::retrying);
    CHECK(a.next_at == sent.next_at);
    CHECK(a.next_reason == sent.next_reason);
    check_same(*a.response, *sent.response);
  }

  TEST_CASE("the row of a delivery without an attempt left has its last status") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const auto attempts
      = static_cast<uint32_t>(f.find_webhook(id).settings.retry.schedule.size() + 1);
    consumer_commit x{.consumer = webhook_consumer(id), .cursor = 2, .now = epoch};
    x.effects = effects::of(full_attempt({id, 1}), full_attempt({id, 2}));
    x.upsert_retries = {{.seq = 1, .attempts = attempts, .due = epoch, .last_error = "refused"},
                        {.seq = 2, .attempts = attempts - 1, .due = epoch + 1s}};
    must(f.commit(std::move(x)));
    f.restart();
    const auto opened = f.opened(webhook_consumer(id));
    REQUIRE(opened.retries.size() == 2);
    CHECK(opened.retries[0].last_status == 503);
    CHECK(opened.retries[0].last_error == "refused");
    // It is attempted once more.
    CHECK(opened.retries[1].last_status == 0);
  }

  TEST_CASE("every fault and every trigger comes back") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    for (auto i = 0; i <= static_cast<int>(http_fault::not_sent); ++i) {
      auto x = make_attempt({id, static_cast<position>(i + 1)});
      auto response = std::make_shared<http_response>();
      response->fault = static_cast<http_fault>(i);
      x.response = std::move(response);
      x.trigger = static_cast<attempt_trigger>(i % 4);
      f.commit_effects(effects::of(x));
      const auto history = must(f.state->deliveries().get({.key = x.delivery}));
      CHECK(history.attempts.at(0).response->fault == static_cast<http_fault>(i));
      CHECK(history.attempts.at(0).trigger == x.trigger);
      CHECK(history.delivery.last_fault == static_cast<http_fault>(i));
    }
  }

  TEST_CASE("a body is kept up to 8 KiB, and an attempt without an answer is kept too") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    auto x = make_attempt({id, 1});
    auto response = std::make_shared<http_response>();
    response->body = std::string(9'000, 'x');
    response->phases.total_ms = std::numeric_limits<double>::quiet_NaN();
    response->phases.dns_ms = std::numeric_limits<double>::infinity();
    x.response = std::move(response);
    auto none = make_attempt({id, 2});
    none.response.reset();
    f.commit_effects(effects::of(x, none));
    const auto kept = must(f.state->deliveries().get({.key = {id, 1}})).attempts.at(0).response;
    CHECK(kept->body == std::string(8'192, 'x'));
    CHECK(kept->phases.total_ms == -1.0);
    CHECK(must(f.state->deliveries().get({.key = {id, 2}})).attempts.at(0).response->status == 0);
  }

  TEST_CASE("attempts are numbered, and tell the state of their delivery") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const webhook_delivery_key key{id, 4};
    f.commit_effects(effects::of(make_attempt(key, state::retrying, epoch)));
    auto second = make_attempt(key, state::retrying, epoch + 1min);
    second.trigger = attempt_trigger::retry;
    auto third = make_attempt(key, state::delivered, epoch + 2min);
    third.trigger = attempt_trigger::retry;
    f.commit_effects(effects::of(second, third), epoch + 3min);
    // Nothing but an operator's request sends a known event for the first time.
    f.commit_effects(effects::of(make_attempt(key, state::failed, epoch + 9min)), epoch + 10min);
    const auto history = must(f.state->deliveries().get({.key = key}));
    CHECK(history.delivery.attempts == 4);
    CHECK(history.delivery.state == state::failed);
    CHECK(history.delivery.last_status == 500);
    CHECK_FALSE(history.delivery.next_at);
    CHECK(history.delivery.created_at == epoch);
    CHECK(history.delivery.updated_at == epoch + 10min);
    REQUIRE(history.attempts.size() == 4);
    const std::vector<attempt_trigger> wanted{attempt_trigger::live, attempt_trigger::retry,
                                              attempt_trigger::retry, attempt_trigger::manual};
    for (size_t i = 0; i < 4; ++i) {
      CHECK(history.attempts[i].number == i + 1);
      CHECK(history.attempts[i].trigger == wanted[i]);
    }
  }

  TEST_CASE("a replay's delivery is one of its own") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    auto replayed = make_attempt({id, 4, 3});
    replayed.trigger = attempt_trigger::replay;
    f.commit_effects(effects::of(make_attempt({id, 4}, state::failed), replayed));
    CHECK(must(f.state->deliveries().get({.key = {id, 4}})).delivery.state == state::failed);
    const auto history = must(f.state->deliveries().get({.key = {id, 4, 3}}));
    CHECK(history.delivery.state == state::delivered);
    CHECK(history.attempts.at(0).trigger == attempt_trigger::replay);
    CHECK(code_of(f.state->deliveries().get({.key = {id, 4, 2}})) == ec::not_found);
  }

  TEST_CASE("of very many attempts the newest stay") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    const webhook_delivery_key key{id, 1};
    effects x;
    for (int i = 0; i < 300; ++i)
      x.add(make_attempt(key, state::failed, epoch + std::chrono::seconds{i}));
    x.add(make_attempt({id, 2}));
    f.commit_effects(std::move(x));
    const auto history = must(f.state->deliveries().get({.key = key}));
    CHECK(history.delivery.attempts == 300);
    REQUIRE(history.attempts.size() == 128);
    for (size_t i = 0; i < 128; ++i)
      CHECK(history.attempts[i].number == 173 + i);
    CHECK(must(f.state->deliveries().get({.key = {id, 2}})).attempts.size() == 1);
  }

  TEST_CASE("a delivery of another company's event is not found") {
    state_fixture f;
    const auto id = f.add_webhook("").id;
    f.commit_effects(effects::of(make_attempt({id, 4})));
    CHECK(code_of(f.state->deliveries().get({.key = {id, 4}, .company_id = "beta"}))
          == ec::not_found);
    CHECK(code_of(f.state->deliveries().get({.key = {id, 4}, .company_id = ""})) == ec::not_found);
    CHECK(code_of(f.state->deliveries().get({.key = {id, 4}, .company_id = "acme"})) == ec::none);
    CHECK(code_of(f.state->deliveries().get({.key = {id + 1, 4}})) == ec::not_found);
  }

  TEST_CASE("deliveries are listed newest first by webhook, event, company and state") {
    state_fixture f;
    for (int i = 0; i < 2; ++i)
      f.add_webhook("");
    effects x;
    x.rows<webhook_attempt>() = {make_attempt({1, 1}), make_attempt({2, 1}, state::failed),
                                 make_attempt({1, 2}, state::failed), make_attempt({1, 2, 9}),
                                 make_attempt({1, 3}, state::retrying)};
    x.rows<webhook_attempt>()[4].company_id = "beta";
    f.commit_effects(std::move(x));
    const keys all{{1, 3, 0}, {1, 2, 9}, {1, 2, 0}, {2, 1, 0}, {1, 1, 0}};
    CHECK(follow(f, {.limit = 1}) == all);
    CHECK(follow(f, {.webhook_id = 1, .limit = 1})
          == keys{{1, 3, 0}, {1, 2, 9}, {1, 2, 0}, {1, 1, 0}});
    CHECK(follow(f, {.webhook_id = 3}).empty());
    CHECK(follow(f, {.seq = 1, .limit = 1}) == keys{{2, 1, 0}, {1, 1, 0}});
    CHECK(follow(f, {.webhook_id = 1, .seq = 2, .limit = 1}) == keys{{1, 2, 9}, {1, 2, 0}});
    CHECK(follow(f, {.company_id = "acme", .limit = 1})
          == keys{{1, 2, 9}, {1, 2, 0}, {2, 1, 0}, {1, 1, 0}});
    CHECK(follow(f, {.webhook_id = 1, .company_id = "beta"}) == keys{{1, 3, 0}});
    CHECK(follow(f, {.webhook_id = 1, .state = state::failed}) == keys{{1, 2, 0}});
    CHECK(follow(f, {.webhook_id = 1, .state = state::retrying}) == keys{{1, 3, 0}});
    CHECK(follow(f, {.webhook_id = 1, .state = state::delivered}) == keys{{1, 2, 9}, {1, 1, 0}});
    CHECK(follow(f, {.company_id = "acme", .state = state::failed, .limit = 1})
          == keys{{1, 2, 0}, {2, 1, 0}});
    CHECK(follow(f, {.beyond = webhook_delivery_key{1, 2, 9}}) == keys{all.begin() + 2, all.end()});
  }

  TEST_CASE("a page ends where the list ends, and limits are held to their range") {
    state_fixture f;
    f.add_webhook();
    deliver(f, 1, 1'001);
    CHECK(must(f.state->deliveries().list({.webhook_id = 1, .limit = 5'000})).items.size()
          == 1'000);
    CHECK(must(f.state->deliveries().list({.webhook_id = 1, .limit = 0})).items.size() == 1);
    CHECK_FALSE(must(f.state->deliveries().list(
                       {.webhook_id = 1, .beyond = webhook_delivery_key{1, 3, 0}, .limit = 2}))
                  .next);
    CHECK(must(f.state->deliveries().list(
                 {.webhook_id = 1, .beyond = webhook_delivery_key{1, 4, 0}, .limit = 2}))
            .next
          == webhook_delivery_key{1, 2, 0});
    CHECK(
      must(f.state->deliveries().list(
             {.webhook_id = 1, .beyond = webhook_delivery_key{~0ULL, ~0ULL, ~0ULL}, .limit = 3}))
        .items.at(0)
        .key.seq
      == 1'001);
  }

  TEST_CASE("a rare state is found in pages that may be empty") {
    state_fixture f;
    f.add_webhook("");
    deliver(f, 1, 25'000, state::failed);
    f.commit_effects(effects::of(make_attempt({1, 2})));
    const auto first
      = must(f.state->deliveries().list({.webhook_id = 1, .state = state::delivered}));
    CHECK(first.items.empty());
    CHECK(first.next);
    CHECK(follow(f, {.webhook_id = 1, .state = state::delivered}) == keys{{1, 2, 0}});
  }

  TEST_CASE("the oldest deliveries are trimmed with their attempts, by age") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    deliver(f, id, 6);
    CHECK(must(f.state->deliveries().trim({.before = epoch + 3s, .keep = 100})) == 2);
    CHECK(seqs(f, id) == std::vector<position>{6, 5, 4, 3});
    CHECK(code_of(f.state->deliveries().get({.key = {id, 1}})) == ec::not_found);
    CHECK(must(f.state->deliveries().get({.key = {id, 3}})).attempts.size() == 1);
    CHECK(must(f.state->deliveries().trim({.before = epoch + 3s, .keep = 100})) == 0);
    // A freed number must not show earlier attempts.
    f.commit_effects(effects::of(make_attempt({id, 1}), make_attempt({id, 2})));
    CHECK(must(f.state->deliveries().get({.key = {id, 1}})).attempts.size() == 1);
  }

  TEST_CASE("as many are trimmed as there are too many, at most the limit") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    deliver(f, id, 10);
    CHECK(must(f.state->deliveries().trim({.keep = 4, .limit = 4})) == 4);
    CHECK(must(f.state->deliveries().trim({.keep = 4, .limit = 4})) == 2);
    CHECK(must(f.state->deliveries().trim({.keep = 4, .limit = 4})) == 0);
    CHECK(seqs(f, id) == std::vector<position>{10, 9, 8, 7});
    // The count follows committed, rejected and earlier rows.
    deliver(f, id, 8);
    CHECK(must(f.state->deliveries().trim({.keep = 4})) == 6);
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 5, .now = epoch}));
    consumer_commit bad{.consumer = "a", .cursor = 4, .now = epoch};
    bad.effects = effects::of(make_attempt({id, 50}), make_attempt({id, 51}));
    CHECK(code_of(f.commit(std::move(bad))) == ec::conflict);
    CHECK(must(f.state->deliveries().trim({.keep = 4})) == 0);
    f.restart();
    CHECK(must(f.state->deliveries().trim({.keep = 4})) == 0);
    CHECK(must(f.state->deliveries().trim({.keep = 1})) == 3);
    CHECK(must(f.state->deliveries().trim({.keep = 0})) == 1);
    CHECK(must(f.state->deliveries().trim({.keep = 0})) == 0);
  }

  TEST_CASE("the limit of a trim holds for age as well") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    deliver(f, id, 5);
    CHECK(must(f.state->deliveries().trim({.before = epoch + 1h, .keep = 100, .limit = 3})) == 3);
    CHECK(seqs(f, id) == std::vector<position>{5, 4});
  }

  TEST_CASE("what is retrying stays, until it is done") {
    state_fixture f;
    const auto id = f.add_webhook().id;
    deliver(f, id, 3, state::retrying);
    f.commit_effects(effects::of(make_attempt({id, 9}, state::failed, epoch + 9s)));
    CHECK(must(f.state->deliveries().trim({.before = epoch + 1h, .keep = 0})) == 1);
    CHECK(seqs(f, id) == std::vector<position>{3, 2, 1});
    f.commit_effects(effects::of(make_attempt({id, 2}, state::delivered, epoch + 1min)));
    CHECK(must(f.state->deliveries().trim({.before = epoch + 10s, .keep = 100})) == 1);
    CHECK(seqs(f, id) == std::vector<position>{3, 1});
    must(f.state->webhooks().remove(delete_webhook{.id = id}, epoch));
    CHECK(must(f.state->deliveries().trim({.before = epoch + 10s, .keep = 100})) == 2);
  }
}

} // namespace carillon::test
