#include "messages/codec/catalogue/webhook.hpp"
#include "tests/actors/webhooks/webhook_hub_world.hpp"
#include "tests/support/printing.hpp"

#include <algorithm>
#include <map>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_hub") {
  TEST_CASE_FIXTURE(started_hub, "an endpoint runs while it has work, then sleeps until the next") {
    auto hook = add({});
    publish();
    run(1s);
    CHECK(sent(hook.id, 1) == 1);
    CHECK(is_running(hook.id));
    run(35s, 1s);
    CHECK(!is_running(hook.id));
    CHECK(!store.all.at(hook.id).webhook.active());
    CHECK(state.cursor(webhook_consumer(hook.id)) == 1);
    publish("user.created");
    run(1s);
    CHECK(is_running(hook.id));
    CHECK(sent_counts(hook.id) == counts{1, 1});
  }

  TEST_CASE_FIXTURE(started_hub,
                    "events that do not concern it wake nobody, and are not read later") {
    webhook_settings own;
    own.types = {*type_pattern::parse("order.created")};
    auto hook = add(own);
    run(35s, 1s);
    CHECK(!is_running(hook.id));
    for (int i = 0; i < 50; ++i)
      publish("user.created");
    publish("order.created", "c-9");
    CHECK(is_running(hook.id));
    run(1s);
    CHECK(sent(hook.id) == 1);
    CHECK(sent(hook.id, 51) == 1);
    auto pages = log.pages;
    // Events that passed while it was idle are not read.
    CHECK(pages <= 3);
  }

  TEST_CASE_FIXTURE(started_hub,
                    "events of several types come in order, each to whom it concerns") {
    webhook_settings orders;
    orders.types = {*type_pattern::parse("order.*")};
    orders.ordered = true;
    webhook_settings all;
    all.ordered = true;
    auto some = add(orders);
    auto every = add(all);
    std::vector<std::shared_ptr<event>> events;
    for (const auto* type : {"order.created", "user.created", "order.updated", "user.login",
                             "order.created", "user.created"})
      events.push_back(make_event(0, "c-1", type));
    publish(std::move(events));
    run(5s);
    std::map<uint64_t, std::vector<position>> seen;
    for (const auto& x : calls)
      seen[x.webhook_id].push_back(x.seq);
    CHECK(seen[some.id] == std::vector<position>{1, 3, 5});
    CHECK(seen[every.id] == std::vector<position>{1, 2, 3, 4, 5, 6});
  }

  TEST_CASE_FIXTURE(
    started_hub, "a filter holds for what is read, for what comes live, and from its change on") {
    const auto order = [](int n) {
      auto out = make_event(0, "c-1", "order.created");
      out->data = R"({"n":)" + std::to_string(n) + "}";
      return out;
    };
    webhook_settings own;
    own.filter = *payload_filter::parse(R"({"data.n":1})");
    auto hook = add(own);
    // The first one wakes the endpoint, which reads it from the log.
    publish({order(1), order(2)});
    run(1s);
    CHECK(sent_counts(hook.id) == counts{1, 0});
    publish({order(2), order(1)});
    run(1s);
    CHECK(sent_counts(hook.id) == counts{1, 0, 0, 1});
    update_webhook request;
    request.id = hook.id;
    request.change.filter = *payload_filter::parse(R"({"data.n":2})");
    REQUIRE(ask<webhook_answer>(hub, request));
    publish({order(1), order(2)});
    run(1s);
    publish({order(2), order(1)});
    run(1s);
    CHECK(sent_counts(hook.id) == counts{1, 0, 0, 1, 0, 1, 1, 0});
  }

  TEST_CASE_FIXTURE(hub_world, "all pages of webhooks are known after a start") {
    start();
    for (int i = 0; i < 7; ++i)
      add({});
    publish();
    run(1s);
    crash();
    publish();
    start();
    run(1s);
    for (uint64_t id = 1; id <= 7; ++id)
      CHECK(sent_counts(id) == counts{1, 1});
    CHECK(overview().registered == 7);
  }

  TEST_CASE_FIXTURE(hub_world, "more with work than may run take turns") {
    options.max_running = 2;
    start();
    for (int i = 0; i < 6; ++i)
      add({});
    publish();
    deliver();
    auto seen = overview();
    CHECK(seen.running == 2);
    CHECK(seen.waiting == 4);
    run(30s, 500ms);
    publish();
    run(30s, 500ms);
    for (uint64_t id = 1; id <= 6; ++id)
      CHECK(sent_counts(id) == counts{1, 1});
    CHECK(overview().waiting == 0);
  }

  TEST_CASE_FIXTURE(hub_world, "companies take turns in starting") {
    options.max_starting = 2;
    start();
    webhook_settings own;
    own.company_id = "c-1";
    for (int i = 0; i < 50; ++i)
      add(own);
    own.company_id = "c-2";
    auto other = add(own);
    publish({make_event(0, "c-1", "order.created"), make_event(0, "c-2", "order.created")});
    run(5s);
    REQUIRE(calls.size() == 51);
    auto first = std::find_if(calls.begin(), calls.end(),
                              [&](const auto& x) { return x.webhook_id == other.id; });
    // Behind those that start, and one turn; not behind all of the other company.
    CHECK(first - calls.begin() < 8);
  }

  TEST_CASE_FIXTURE(hub_world, "one that is not fast enough reads the log, and misses nothing") {
    options.credit = 2;
    options.window = 4;
    start();
    webhook_settings own;
    own.ordered = true;
    auto hook = add(own);
    receiver = [](const received&) {
      auto out = status(200);
      out.after = 1s;
      return out;
    };
    for (int i = 0; i < 40; ++i)
      publish(i % 2 == 0 ? "order.created" : "user.created");
    auto seen = overview();
    REQUIRE(seen.furthest_behind.size() == 1);
    CHECK(seen.furthest_behind[0].consumer.lag > 20);
    run(60s, 100ms);
    CHECK(sent_counts(hook.id) == counts(40, 1));
    CHECK(std::is_sorted(calls.begin(), calls.end(),
                         [](const auto& x, const auto& y) { return x.seq < y.seq; }));
    CHECK(log.pages > 0);
  }

  TEST_CASE_FIXTURE(started_hub, "a deleted one is sent nothing more, and is unknown") {
    webhook_settings own;
    own.max_in_flight = 1;
    auto hook = add(own);
    auto other = add({});
    receiver = [](const received& x) {
      auto out = status(200);
      out.after = std::chrono::seconds{x.webhook_id == 1 ? 2 : 0};
      return out;
    };
    for (int i = 0; i < 3; ++i)
      publish();
    run(500ms);
    CHECK(sent(hook.id) == 1);
    REQUIRE(ask<atom::done>(hub, delete_webhook{hook.id, {}, {}}));
    publish();
    run(10s);
    CHECK(sent(hook.id) == 1);
    CHECK(sent_counts(other.id) == counts(4, 1));
    CHECK(stats->webhook_in_flight == 0);
    auto gone = ask<webhook_status>(hub, get_webhook_status{hook.id});
    REQUIRE(!gone);
    CHECK(gone.error() == ec::not_found);
    auto again = ask<atom::done>(hub, delete_webhook{hook.id, {}, {}});
    REQUIRE(!again);
    CHECK(again.error() == ec::not_found);
  }

  TEST_CASE_FIXTURE(started_hub, "one that an operator disables goes on at its cursor") {
    webhook_settings own;
    own.max_in_flight = 1;
    auto hook = add(own);
    receiver = [](const received&) {
      auto out = status(200);
      out.after = 2s;
      return out;
    };
    for (int i = 0; i < 3; ++i)
      publish();
    run(500ms);
    auto off = enable(hook.id, false);
    REQUIRE(off);
    CHECK(off->disabled_reason == "operator");
    publish();
    run(40s, 500ms);
    CHECK(sent(hook.id) == 1);
    CHECK(!is_running(hook.id));
    REQUIRE(enable(hook.id, true));
    run(20s);
    CHECK(sent_counts(hook.id) == counts(4, 1));
  }

  TEST_CASE_FIXTURE(started_hub, "a test is sent at once, enabled or not, and not kept") {
    auto hook = add({});
    REQUIRE(enable(hook.id, false));
    run(1s);
    receiver = [](const received&) { return status(418); };
    auto asked = self->request(hub, 30s, test_webhook{hook.id, {}, {}});
    deliver();
    run(100ms);
    asked.receive(
      [&](const webhook_attempt& x) {
        CHECK(x.response->status == 418);
        CHECK(x.trigger == attempt_trigger::manual);
        CHECK(x.event_type == "webhook.test");
        CHECK(!x.next_at);
        CHECK(x.number == 1);
      },
      [&](const caf::error& reason) { FAIL(sys.render(reason)); });
    run(10min, 1s);
    CHECK(calls.size() == 1);
    CHECK(store.attempts.empty());
    CHECK(!store.all.at(hook.id).webhook.failing_since);
    auto missing = ask<webhook_attempt>(hub, test_webhook{99, {}, {}});
    REQUIRE(!missing);
    CHECK(missing.error() == ec::not_found);
  }

  TEST_CASE_FIXTURE(started_hub, "what is resent or recovered goes out at once, idle or not") {
    auto hook = add({});
    publish();
    publish();
    run(1s);
    resend_webhook_delivery request;
    request.key = {hook.id, 1, 0};
    REQUIRE(ask<retry_row>(hub, request));
    run(1s);
    CHECK(sent_counts(hook.id) == counts{2, 1});
    run(40s, 1s);
    CHECK(!is_running(hook.id));
    request.key.seq = 2;
    REQUIRE(ask<retry_row>(hub, request));
    run(1s);
    CHECK(sent_counts(hook.id) == counts{2, 2});
    for (position seq : {1, 2}) {
      retry_row row;
      row.seq = seq;
      gate.recovered.push_back(row);
    }
    auto found = ask<recovered_rows>(hub, recover_webhook{hook.id, {}, {}, {}, 10, {}});
    REQUIRE(found);
    CHECK(found->rows.size() == 2);
    run(1s);
    CHECK(sent_counts(hook.id) == counts{3, 3});
  }

  TEST_CASE_FIXTURE(hub_world, "what cannot be registered is refused with the field") {
    options.max_webhooks = 2;
    start();
    create_webhook request;
    request.settings.url = "http://hooks.test/1";
    auto plain = ask<webhook_answer>(hub, request);
    REQUIRE(!plain);
    CHECK(to_failure(plain.error()).field == "url");
    request.settings.url = "https://hooks.test/1";
    request.settings.headers = {{"Webhook-Id", "msg_1"}};
    auto reserved = ask<webhook_answer>(hub, request);
    REQUIRE(!reserved);
    CHECK(to_failure(reserved.error()).code == ec::invalid_argument);
    request.settings.headers.clear();
    request.secret = "whsec_short";
    auto weak = ask<webhook_answer>(hub, request);
    REQUIRE(!weak);
    CHECK(to_failure(weak.error()).field == "secret");
    CHECK(store.all.empty());
    add({});
    add({});
    request.secret.clear();
    auto many = ask<webhook_answer>(hub, request);
    REQUIRE(!many);
    CHECK(many.error() == ec::overloaded);
  }

  TEST_CASE_FIXTURE(started_hub, "a rotation is refused for a bad grace, a bad secret, nobody") {
    auto hook = add({});
    rotate_webhook_secret request;
    request.id = hook.id;
    request.grace = std::chrono::seconds{24h * 8};
    auto long_grace = ask<rotated_secret>(hub, request);
    REQUIRE(!long_grace);
    CHECK(to_failure(long_grace.error()).field == "graceSeconds");
    request.grace = 0s;
    request.secret = "nonsense";
    CHECK(!ask<rotated_secret>(hub, request));
    request.secret.clear();
    request.id = 99;
    auto missing = ask<rotated_secret>(hub, request);
    REQUIRE(!missing);
    CHECK(missing.error() == ec::not_found);
    CHECK(store.all.at(hook.id).secrets.size() == 1);
  }
}
