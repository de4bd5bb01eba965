#pragma once

#include "tests/persistence/test_store.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// A store with its state open for writing.
struct state_fixture {
  std::unique_ptr<test_store> store = make_test_store();
  std::unique_ptr<storage> open = store->open();
  std::unique_ptr<state_store> state = must(open->open_state(true));
  std::map<std::string, uint64_t> generations;

  /// With a log that reaches the cursors used here.
  state_fixture() {
    must(must(open->open_log_writer())->append(make_drafts("log", 20), epoch));
  }

  void restart() {
    state.reset();
    open.reset();
    open = store->open();
    state = must(open->open_state(true));
  }

  void begin(const std::string& consumer) {
    record(consumer);
  }

  /// Of the owner that opened the consumer last, unless `x` says another.
  expected<void> commit(consumer_commit x) {
    if (x.generation == 0)
      x.generation = generations[x.consumer];
    const std::vector<consumer_commit_ptr> all{std::make_shared<consumer_commit>(std::move(x))};
    return state->consumers().commit(all);
  }

  /// Opens it, which supersedes the owner that had it.
  opened_consumer opened(const std::string& consumer, timestamp now = epoch) {
    auto out = must(state->consumers().open({.name = consumer}, now));
    generations[consumer] = out.record.generation;
    return out;
  }

  consumer_record record(const std::string& consumer) {
    return opened(consumer).record;
  }

  /// Registers a webhook that begins at `start`.
  webhook add_webhook(std::string company = "acme", position start = 0);

  webhook find_webhook(uint64_t id) {
    return must(state->webhooks().get(get_webhook{.id = id})).webhook;
  }

  /// Commits effects of endpoints, as a consumer whose cursor does not move.
  void commit_effects(effects x, timestamp now = epoch) {
    begin("endpoints");
    must(commit({.consumer = "endpoints", .effects = std::move(x), .now = now}));
  }

  audit_entry last_audit() {
    const auto page = must(state->audit().list({{.limit = 1}}));
    return page.items.empty() ? audit_entry{} : page.items[0].entry;
  }

  size_t audit_rows() {
    return must(state->audit().list({{.limit = 1'000}})).items.size();
  }
};

/// Settings with every field set.
inline webhook_settings make_settings(std::string company = "acme") {
  webhook_settings x;
  x.company_id = std::move(company);
  x.url = "https://hooks.example.com/in?token=1";
  x.types = {*type_pattern::parse("order.*"), *type_pattern::parse("user.login")};
  x.ordered = true;
  x.max_in_flight = 3;
  x.rate_per_second = 0.125;
  x.retry.schedule = {std::chrono::seconds{5}, std::chrono::seconds{86'400}};
  x.headers = {{"X-Key", R"(a "quoted" \ value)"}, {"Authorization", "Bearer 123"}};
  x.description = "ünïcode, for people";
  x.filter = *payload_filter::parse(R"({"data.total":{"$gt":9007199254740993}})");
  x.message = *message_template::parse(R"({"format":"slack","template":"ünïcode {{data.id}}"})");
  return x;
}

inline sealed_secret make_secret(std::string text, timestamp created_at = epoch) {
  return {.sealed = std::move(text), .created_at = created_at, .expires_at = {}};
}

inline webhook state_fixture::add_webhook(std::string company, position start) {
  return must(state->webhooks().insert({.settings = make_settings(std::move(company)),
                                        .sealed = make_secret("first"),
                                        .start = start,
                                        .by = {"key:1", "10.0.0.9"}},
                                       epoch));
}

/// A successful or failed attempt.
inline webhook_attempt make_attempt(webhook_delivery_key key,
                                    webhook_delivery_state after
                                    = webhook_delivery_state::delivered,
                                    timestamp at = epoch) {
  const bool good = after == webhook_delivery_state::delivered;
  auto response = std::make_shared<http_response>();
  response->status = good ? 200 : 500;
  webhook_attempt x;
  x.delivery = key;
  x.event_id = "e" + std::to_string(key.seq);
  x.event_type = "order.created";
  x.company_id = "acme";
  x.at = at;
  x.url = "https://hooks.example.com/in";
  x.response = std::move(response);
  x.after = after;
  if (after == webhook_delivery_state::retrying)
    x.next_at = at + std::chrono::minutes{1};
  x.next_reason = good ? "delivered" : "some reason";
  return x;
}

inline audit_entry make_entry(std::string action, position event_seq = 0) {
  return {.time = epoch,
          .action = std::move(action),
          .actor = "user:u-1",
          .origin = "10.0.0.1",
          .company_id = "acme",
          .subject = "event:" + std::to_string(event_seq),
          .detail = R"({"n":1})",
          .event_seq = event_seq};
}

inline dead_letter make_letter(position seq, std::string company = "acme") {
  return {.id = 0,
          .consumer = {},
          .seq = seq,
          .replay_id = 0,
          .event_id = "e" + std::to_string(seq),
          .event_type = "order.created",
          .company_id = std::move(company),
          .attempts = 5,
          .last_error = "boom",
          .created_at = epoch};
}

} // namespace carillon::test
