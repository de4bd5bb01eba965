#include "actors/webhooks/endpoints/endpoint_consumer.hpp"

#include "base/json/object_reader.hpp"
#include "messages/codec/catalogue/webhook.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/endpoint_consumer") {
  namespace {

  const auto now = from_micros(1'800'000'000'000'000);

  struct fixture {
    webhook hook;
    payload_filter matched_by;
    webhook_hub_options options;
    std::shared_ptr<std::atomic<int64_t>> failing_since = std::make_shared<std::atomic<int64_t>>(0);

    fixture() {
      hook.id = 7;
      hook.settings.company_id = "c-1";
      hook.settings.types = {*type_pattern::parse("order.*")};
    }

    consumer_settings_ptr settings() const {
      return endpoint_consumer(hook, matched_by, options, {}, failing_since);
    }

    draft_ptr note(const dead_letter& x) const {
      publish_options with;
      with.id = "dead-letter/1";
      auto out = settings()->note(x, with);
      REQUIRE(out);
      return *out;
    }
  };

  dead_letter letter(int status) {
    dead_letter out;
    out.consumer = "webhook.7";
    out.seq = 12;
    out.event_id = "e-12";
    out.company_id = "c-1";
    out.attempts = 6;
    out.last_error = "the text says nothing about the status";
    out.created_at = now;
    out.last_status = status;
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "it delivers what the settings of its webhook say") {
    hook.settings.retry.schedule = {5s, 60s};
    hook.settings.max_in_flight = 3;
    const auto x = settings();
    CHECK(x->name == "webhook.7");
    CHECK(x->filter.company_id == "c-1");
    CHECK(x->filter.types == hook.settings.types);
    CHECK(x->policy.order == delivery_order::none);
    CHECK(x->policy.max_attempts == 3);
    CHECK(x->policy.retry_schedule == std::vector<std::chrono::milliseconds>{5s, 60s});
    CHECK(x->policy.in_flight == 3);
    CHECK(x->policy.window == options.window);
    CHECK(x->policy.max_retries == options.max_retries);
  }

  TEST_CASE_FIXTURE(fixture,
                    "it looks into live events only if they were matched by another filter") {
    const auto large = *payload_filter::parse(R"({"data.total":{"$gt":100}})");
    CHECK(settings()->fed_by_filter);
    hook.settings.filter = large;
    CHECK(settings()->filter.payload == large);
    CHECK_FALSE(settings()->fed_by_filter);
    matched_by = *payload_filter::parse(R"( {"data.total": {"$gt": 100}} )");
    CHECK(settings()->fed_by_filter);
  }

  TEST_CASE_FIXTURE(fixture, "an ordered webhook has one attempt at a time") {
    hook.settings.ordered = true;
    hook.settings.company_id.clear();
    const auto x = settings();
    CHECK(x->policy.order == delivery_order::total);
    CHECK(x->policy.in_flight == 1);
    CHECK(!x->filter.company_id);
  }

  TEST_CASE_FIXTURE(fixture, "without pauses there is a single attempt") {
    hook.settings.retry.schedule.clear();
    CHECK(settings()->policy.max_attempts == 1);
    CHECK(!settings()->policy.retry_schedule.empty());
  }

  TEST_CASE_FIXTURE(fixture, "the report of a failed delivery has its last status") {
    for (int status : {0, 503}) {
      const auto draft = note(letter(status));
      CHECK(draft->type == webhook_delivery_exhausted::type);
      CHECK(draft->company_id == "c-1");
      CHECK(draft->audience == audience::company);
      CHECK(draft->source == "/carillon/webhooks");
      const auto data = parse_object(draft->data);
      REQUIRE(data);
      CHECK((*data)["webhookId"] == "7");
      CHECK((*data)["deliveryId"] == "7-12");
      CHECK((*data)["eventId"] == "e-12");
      CHECK((*data)["attempts"].GetInt() == 6);
      CHECK((*data)["lastStatus"].GetInt() == status);
    }
  }

  TEST_CASE_FIXTURE(fixture, "it says since when the webhook fails, at the latest since now") {
    auto since = [&] {
      const auto data = parse_object(note(letter(500))->data);
      REQUIRE(data);
      return from_rfc3339((*data)["failingSince"].GetString());
    };
    CHECK(since() == now);
    *failing_since = to_micros(now - 1h);
    CHECK(since() == now - 1h);
  }

  TEST_CASE_FIXTURE(fixture, "a report without a company is seen by nobody") {
    auto x = letter(500);
    x.company_id.clear();
    CHECK(note(x)->audience == audience::none);
  }
}
