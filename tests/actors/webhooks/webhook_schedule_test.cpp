#include "messages/codec/catalogue/webhook.hpp"
#include "tests/actors/webhooks/schedule_fixture.hpp"
#include "tests/support/printing.hpp"

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_schedule") {
  TEST_CASE_FIXTURE(schedule_fixture,
                    "a failing delivery is attempted on schedule, then given up") {
    receiver = [](const received&) { return status(500); };
    auto hook = add({});
    publish();
    run(6h, 1s);
    check_offsets(offsets(hook.id, 1), {0, 60, 360, 1'260, 4'860, 19'260});
    CHECK(published(webhook_delivery_exhausted::type) == 1);
    REQUIRE(state.letters.size() == 1);
    CHECK(state.letters[0].consumer == "webhook.1");
    CHECK(state.letters[0].last_error == "HTTP 500");
    CHECK(state.letters[0].last_status == 500);
    REQUIRE(store.attempts.size() == 6);
    CHECK(store.attempts[0].trigger == attempt_trigger::live);
    CHECK(store.attempts[1].trigger == attempt_trigger::retry);
    CHECK(store.attempts[1].next_reason
          == "schedule: 300 s after attempt 2, and up to a tenth more");
    CHECK(store.attempts[1].next_at == store.attempts[1].at + 300s);
    CHECK(store.attempts[5].after == webhook_delivery_state::failed);
    CHECK(!store.attempts[5].next_at);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "jitter only delays, by a tenth at most") {
    random = 0.999;
    receiver = [](const received&) { return fault(http_fault::timeout); };
    auto hook = add({});
    publish();
    run(7h, 1s);
    check_offsets(offsets(hook.id, 1), {0, 65.9, 395.9, 1'385.8, 5'345.4, 21'185});
    CHECK(store.attempts.at(0).next_at > store.attempts.at(0).at + 65s);
    CHECK(store.attempts.at(0).next_at <= store.attempts.at(0).at + 66s);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "every fault and every refusal is tried again") {
    std::vector<reply> answers;
    for (auto code : {301, 302, 400, 401, 404, 500, 501, 100})
      answers.push_back(status(code));
    for (auto x :
         {http_fault::url, http_fault::dns, http_fault::address_refused, http_fault::connect,
          http_fault::tls, http_fault::timeout, http_fault::protocol, http_fault::too_large})
      answers.push_back(fault(x));
    for (const auto& bad : answers) {
      CAPTURE(bad.response.status);
      CAPTURE(to_string(bad.response.fault));
      size_t n = 0;
      receiver = [&](const received&) { return n++ == 0 ? bad : status(200); };
      webhook_settings own;
      own.retry.schedule = {7s};
      own.types = {*type_pattern::parse("order.x" + std::to_string(store.all.size()))};
      auto hook = add(own);
      publish(own.types.front().text());
      run(20s, 100ms);
      check_offsets(offsets(hook.id, log.head()), {0, 7});
    }
    CHECK(state.letters.empty());
  }

  TEST_CASE_FIXTURE(schedule_fixture, "a schedule without pauses means one attempt") {
    receiver = [](const received&) { return status(500); };
    webhook_settings once;
    once.retry.schedule.clear();
    auto hook = add(once);
    publish();
    run(1h, 10s);
    CHECK(offsets(hook.id, 1).size() == 1);
    CHECK(state.letters.size() == 1);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "the node's own overload is no attempt") {
    size_t n = 0;
    receiver = [&](const received&) { return n++ < 3 ? fault(http_fault::not_sent) : status(200); };
    auto hook = add({});
    publish();
    run(10s, 100ms);
    check_offsets(offsets(hook.id, 1), {0, 1, 2, 3});
    REQUIRE(store.attempts.size() == 1);
    CHECK(store.attempts[0].after == webhook_delivery_state::delivered);
    CHECK(!store.all.at(hook.id).webhook.failing_since);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "429 and 503 slow the whole endpoint down, others not") {
    size_t n = 0;
    receiver = [&](const received& x) {
      return x.webhook_id == 1 && n++ == 0 ? status(503, "120") : status(200);
    };
    auto slowed = add({});
    auto other = add({});
    publish();
    publish();
    run(119s, 1s);
    CHECK(offsets(slowed.id, 1).size() == 1);
    CHECK(offsets(slowed.id, 2).size() <= 1);
    CHECK(offsets(other.id, 1).size() == 1);
    CHECK(offsets(other.id, 2).size() == 1);
    publish();
    run(300ms, 100ms);
    // Held: not even the new event is sent; deliveries to others are not delayed.
    CHECK(offsets(slowed.id, 3).empty());
    CHECK(offsets(other.id, 3).size() == 1);
    run(10s, 1s);
    CHECK(offsets(slowed.id, 3).size() == 1);
    check_offsets(offsets(slowed.id, 1), {0, 120});
    auto first = std::find_if(store.attempts.begin(), store.attempts.end(),
                              [&](const auto& x) { return x.delivery.webhook_id == slowed.id; });
    REQUIRE(first != store.attempts.end());
    CHECK(first->next_reason.find("Retry-After") != std::string::npos);
  }

  TEST_CASE_FIXTURE(schedule_fixture,
                    "Retry-After is honoured in both forms, for 12 hours at most") {
    // The later of it and the schedule.
    for (auto [text, expected] :
         {std::pair{"5", 60.0}, {"90", 90.0}, {"nonsense", 60.0}, {"999999999", 43'200.0}}) {
      CAPTURE(text);
      size_t n = 0;
      receiver = [&](const received&) { return n++ == 0 ? status(500, text) : status(200); };
      webhook_settings own;
      own.types = {*type_pattern::parse("order.r" + std::to_string(store.all.size()))};
      auto hook = add(own);
      publish(own.types.front().text());
      run(13h, 1s);
      check_offsets(offsets(hook.id, log.head()), {0, expected});
    }
  }

  TEST_CASE_FIXTURE(schedule_fixture, "410 disables; enabling goes on where it was") {
    receiver = [](const received&) { return status(410); };
    auto hook = add({});
    publish();
    run(5s, 100ms);
    CHECK(calls.size() == 1);
    CHECK(!store.all.at(hook.id).webhook.enabled);
    CHECK(store.all.at(hook.id).webhook.disabled_reason == "gone");
    CHECK(published(webhook_endpoint_disabled::type) == 1);
    publish();
    publish();
    run(2min, 1s);
    CHECK(calls.size() == 1);
    receiver = [](const received&) { return status(200); };
    REQUIRE(ask<webhook>(hub, enable_webhook{hook.id, {}, true, {}, {}}));
    run(2min, 1s);
    // All three: the first as a retry, those published meanwhile from the cursor.
    CHECK(offsets(hook.id, 1).size() == 2);
    CHECK(offsets(hook.id, 2).size() == 1);
    CHECK(offsets(hook.id, 3).size() == 1);
  }

  TEST_CASE_FIXTURE(schedule_fixture,
                    "five days of nothing but failures disable, not a moment less") {
    receiver = [](const received&) { return status(500); };
    webhook_settings own;
    own.retry.schedule.assign(20, std::chrono::seconds{24h});
    auto hook = add(own);
    publish();
    run(24h * 5 - 10min, 60s);
    CHECK(store.all.at(hook.id).webhook.enabled);
    CHECK(store.all.at(hook.id).webhook.failing_since.has_value());
    run(20min, 60s);
    CHECK(!store.all.at(hook.id).webhook.enabled);
    CHECK(store.all.at(hook.id).webhook.disabled_reason == "failing");
    CHECK(published(webhook_endpoint_disabled::type) == 1);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "one success forgets the failures") {
    size_t n = 0;
    receiver = [&](const received&) { return status(++n == 4 ? 200 : 500); };
    webhook_settings own;
    own.retry.schedule.assign(20, std::chrono::seconds{24h});
    auto hook = add(own);
    publish();
    run(24h * 3 + 1h, 60s);
    CHECK(!store.all.at(hook.id).webhook.failing_since);
    publish();
    run(24h * 4, 60s);
    CHECK(store.all.at(hook.id).webhook.enabled);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "a rate is kept, and no more than allowed are under way") {
    webhook_settings slow;
    slow.rate_per_second = 2.0;
    auto limited = add(slow);
    webhook_settings narrow;
    narrow.max_in_flight = 3;
    auto few = add(narrow);
    receiver = [](const received& x) {
      auto out = status(200);
      if (x.webhook_id == 2)
        out.after = 10s;
      return out;
    };
    for (int i = 0; i < 20; ++i)
      publish();
    run(1s, 100ms);
    // A burst of one second, then two a second.
    auto begun = [&](uint64_t id) {
      return std::count_if(calls.begin(), calls.end(),
                           [&](const auto& x) { return x.webhook_id == id; });
    };
    CHECK(begun(limited.id) <= 4);
    CHECK(begun(few.id) == 3);
    run(4s, 100ms);
    CHECK(begun(limited.id) <= 12);
    CHECK(begun(limited.id) >= 9);
    CHECK(begun(few.id) == 3);
    run(6s, 100ms);
    CHECK(begun(few.id) == 6);
    run(2min, 1s);
    CHECK(begun(limited.id) == 20);
    CHECK(begun(few.id) == 20);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "ordered: one at a time, and a failing one holds the rest") {
    webhook_settings fifo;
    fifo.ordered = true;
    fifo.retry.schedule = {5s, 5s};
    add(fifo);
    std::map<position, int> tried;
    receiver = [&](const received& x) {
      // The second fails once, the fourth for good.
      auto n = tried[x.seq]++;
      auto out = status((x.seq == 2 && n == 0) || x.seq == 4 ? 500 : 200);
      out.after = 200ms;
      return out;
    };
    for (int i = 0; i < 6; ++i)
      publish();
    run(1min, 100ms);
    std::vector<position> order;
    for (const auto& x : calls)
      order.push_back(x.seq);
    CHECK(order == std::vector<position>{1, 2, 2, 3, 4, 4, 4, 5, 6});
    CHECK(state.letters.size() == 1);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "retries outlive a crash, at their time") {
    receiver = [](const received&) { return status(500); };
    auto hook = add({});
    publish();
    run(10s, 100ms);
    crash();
    run(20s, 1s);
    start();
    receiver = [](const received&) { return status(200); };
    run(25s, 100ms);
    CHECK(calls.size() == 1);
    run(10s, 100ms);
    check_offsets(offsets(hook.id, 1), {0, 60});
  }

  TEST_CASE_FIXTURE(schedule_fixture, "a crash repeats what was in flight, however slow one is") {
    webhook_settings narrow;
    narrow.max_in_flight = 4;
    add(narrow);
    receiver = [](const received& x) {
      auto out = status(200);
      // The first and every tenth are slow; the rest are completed far ahead of them.
      if (x.seq % 10 == 1)
        out.after = 9s;
      return out;
    };
    for (int i = 0; i < 100; ++i)
      publish();
    run(20s, 100ms);
    auto before = calls.size();
    CHECK(before > 20);
    crash();
    receiver = [](const received&) { return status(200); };
    start();
    run(2min, 100ms);
    std::map<position, size_t> times;
    for (const auto& x : calls)
      ++times[x.seq];
    CHECK(times.size() == 100);
    CHECK(calls.size() <= 100 + 4);
  }

  TEST_CASE_FIXTURE(schedule_fixture, "what is resent is attempted at once, its schedule anew") {
    receiver = [](const received&) { return status(500); };
    auto hook = add({});
    publish();
    run(70s, 1s);
    check_offsets(offsets(hook.id, 1), {0, 60});
    resend_webhook_delivery again;
    again.key = {hook.id, 1, 0};
    REQUIRE(ask<retry_row>(hub, again));
    run(62s, 100ms);
    check_offsets(offsets(hook.id, 1), {0, 60, 70, 130});
  }

  TEST_CASE_FIXTURE(schedule_fixture, "an attempt is signed at its own time, under one id") {
    size_t n = 0;
    receiver = [&](const received&) { return status(n++ == 0 ? 500 : 200); };
    webhook_settings own;
    own.headers = {{"X-Team", "billing"}};
    create_webhook request;
    request.settings = own;
    request.settings.url = "https://hooks.test/1";
    auto made = ask<webhook_answer>(hub, request);
    REQUIRE(made);
    auto first = parse_webhook_secret(made->secret);
    REQUIRE(first);
    auto x = make_event(0);
    x->data = R"({"text":"a\r\nwebhook-id: msg_9\r\n\"quoted\""})";
    publish({x});
    run(1s, 100ms);
    rotate_webhook_secret rotate;
    rotate.id = made->webhook.id;
    rotate.grace = std::chrono::seconds{30s};
    auto rotated = ask<rotated_secret>(hub, rotate);
    REQUIRE(rotated);
    auto second = parse_webhook_secret(rotated->secret);
    REQUIRE(second);
    publish();
    run(2min, 1s);
    REQUIRE(calls.size() == 3);
    auto verified = [&](const received& y, const webhook_secret& by) {
      auto id = header(y, "webhook-id");
      auto at = header(y, "webhook-timestamp");
      auto signature = header(y, "webhook-signature");
      return verify({id, at, signature}, *y.request.body, std::span{&by, 1}, y.at).has_value();
    };
    CHECK(header(calls[0], "webhook-id") == "msg_1");
    CHECK(header(calls[2], "webhook-id") == "msg_1");
    CHECK(header(calls[0], "webhook-timestamp") != header(calls[2], "webhook-timestamp"));
    CHECK(header(calls[0], "X-Team") == "billing");
    CHECK(verified(calls[0], *first));
    CHECK(!verified(calls[0], *second));
    // Within the grace period both sign, after it the new one alone.
    CHECK(verified(calls[1], *first));
    CHECK(verified(calls[1], *second));
    CHECK(!verified(calls[2], *first));
    CHECK(verified(calls[2], *second));
    for (const auto& [name, value] : calls[0].request.headers)
      CHECK(value.find_first_of("\r\n\"") == std::string::npos);
  }
}
