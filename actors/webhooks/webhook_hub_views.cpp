#include "actors/webhooks/webhook_hub.hpp"

#include "base/uuid.hpp"
#include "messages/actor_defaults.hpp"

#include <algorithm>

// Views, and the test event.

namespace carillon {

namespace {

constexpr std::chrono::seconds view_deadline{5};
/// Endpoints that are asked for their lag.
constexpr size_t max_asked = 50;
constexpr size_t max_shown = 10;
/// Webhooks that one replay may go to.
constexpr size_t max_replayed = 1'000;

event_ptr test_event(const webhook& x, timestamp now) {
  auto out = std::make_shared<event>();
  out->id = "test_" + make_uuid_v7();
  out->type = "webhook.test";
  out->source = "/carillon/webhooks";
  out->time = now;
  out->recorded_at = now;
  out->company_id = x.settings.company_id;
  out->data = R"({"webhookId":")" + std::to_string(x.id) + R"("})";
  return out;
}

/// Collects the answers of several endpoints.
struct status_round {
  caf::typed_response_promise<webhook_overview> promise;
  webhook_overview out;
  size_t awaited = 1;

  void answer() {
    if (--awaited > 0)
      return;
    auto& all = out.furthest_behind;
    std::sort(all.begin(), all.end(),
              [](const auto& x, const auto& y) { return x.consumer.lag > y.consumer.lag; });
    if (all.size() > max_shown)
      all.resize(max_shown);
    promise.deliver(std::move(out));
  }
};

} // namespace

caf::result<webhook_attempt> webhook_hub_state::test(const test_webhook& x) {
  auto promise = self_->make_response_promise<webhook_attempt>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  auto run = [this, promise, by = x.by](const webhook_with_secrets& record) mutable {
    auto secrets = open(record.secrets);
    if (!secrets) {
      promise.deliver(to_error(secrets.error()));
      return;
    }
    audit_entry row;
    row.time = env_.consumers.now();
    row.action = "webhook.tested";
    row.actor = by.who;
    row.origin = origin_of(by);
    row.person = by.person;
    row.company_id = record.webhook.settings.company_id;
    row.subject = "webhook:" + std::to_string(record.webhook.id);
    self_->request(env_.audit, store_deadline, append_audit{std::move(row)})
      .then([](atom::done) {}, [](const caf::error&) {});
    auto target = record.webhook;
    // One attempt, regardless of its outcome.
    target.settings.retry.schedule.clear();
    target.settings.rate_per_second = 0.0;
    endpoint_env env{env_.call,         {}, env_.stats, env_.options.endpoint, env_.consumers.now,
                     env_.make_random()};
    auto receiver
      = self_->spawn(endpoint, std::move(env), endpoint_target{target, std::move(*secrets)});
    delivery what{test_event(target, env_.consumers.now()), webhook_consumer(target.id), 1, 0};
    auto deadline = env_.options.endpoint.deadlines.total + view_deadline;
    self_->request(receiver, deadline, std::move(what))
      .then(
        [this, receiver, promise](const delivery_outcome_ptr& outcome) mutable {
          auto attempt = outcome->made.attempts.front();
          attempt.number = 1;
          attempt.trigger = attempt_trigger::manual;
          attempt.next_reason = "a test is not repeated";
          self_->send_exit(receiver, caf::exit_reason::user_shutdown);
          promise.deliver(std::move(attempt));
        },
        [this, receiver, promise](const caf::error&) mutable {
          self_->send_exit(receiver, caf::exit_reason::user_shutdown);
          promise.deliver(to_error({ec::overloaded, "the node could not send the test", {}}));
        });
  };
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then([run](const webhook_with_secrets_ptr& record) mutable { run(*record); }, failed);
  return promise;
}

caf::result<webhook_status> webhook_hub_state::status(uint64_t id) {
  auto standing = env_.index->find(id);
  if (!standing)
    return to_error({ec::not_found, "there is no webhook " + std::to_string(id), "id"});
  webhook_status out;
  out.id = id;
  out.consumer.name = webhook_consumer(id);
  out.consumer.paused = !standing->enabled;
  out.consumer.cursor = standing->awake ? standing->awake_at - 1 : matched_to_;
  if (standing->awake)
    out.consumer.lag = matched_to_ - std::min(matched_to_, out.consumer.cursor);
  auto* x = find_running(id);
  if (x != nullptr)
    out.consumer.last_error = x->last_error;
  else if (in_waiting_.contains(id))
    out.consumer.last_error = "waits for its turn: too many webhooks are at work";
  if (x == nullptr || x->consumer == nullptr)
    return stored_status(std::move(out));
  auto promise = self_->make_response_promise<webhook_status>();
  self_->request(x->consumer, view_deadline, atom::status_v)
    .then(
      [this, out, promise](const consumer_status& y) mutable {
        out.running = true;
        out.consumer = with_lag(out.id, y);
        promise.deliver(std::move(out));
      },
      [out, promise](const caf::error&) mutable { promise.deliver(std::move(out)); });
  return promise;
}

consumer_status webhook_hub_state::with_lag(uint64_t id, consumer_status x) const {
  auto i = endpoints_.find(id);
  if (i != endpoints_.end() && i->second.behind)
    x.lag = std::max(x.lag, matched_to_ - std::min(matched_to_, x.cursor));
  return x;
}

caf::result<webhook_status> webhook_hub_state::stored_status(webhook_status known) {
  auto promise = self_->make_response_promise<webhook_status>();
  // Its consumer was stored with the webhook, so this request creates nothing.
  open_consumer request{known.consumer.name, known.consumer.cursor};
  self_->request(env_.consumers.state, view_deadline, std::move(request))
    .then(
      [known, promise](const opened_consumer_ptr& x) mutable {
        auto& to = known.consumer;
        to.retrying = x->retries.size();
        to.dead_letters = x->record.dead_letters;
        to.oldest_failure = x->record.oldest_failure;
        if (to.last_error.empty())
          to.last_error = x->record.last_error;
        promise.deliver(std::move(known));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<webhook_overview> webhook_hub_state::overview() {
  auto round = std::make_shared<status_round>();
  round->promise = self_->make_response_promise<webhook_overview>();
  auto promise = round->promise;
  round->out.registered = env_.index->size();
  round->out.disabled = env_.index->disabled();
  round->out.waiting = waiting_.size();
  std::vector<uint64_t> busy;
  for (const auto& [id, x] : endpoints_) {
    if (x.state != phase::running)
      continue;
    ++round->out.running;
    if (x.behind)
      busy.push_back(id);
  }
  for (const auto& [id, x] : endpoints_)
    if (busy.size() < max_asked && x.state == phase::running && !x.behind)
      busy.push_back(id);
  if (busy.size() > max_asked)
    busy.resize(max_asked);
  round->awaited += busy.size();
  for (auto id : busy)
    self_->request(endpoints_.at(id).consumer, view_deadline, atom::status_v)
      .then(
        [this, round, id](const consumer_status& y) {
          round->out.furthest_behind.push_back({id, true, with_lag(id, y)});
          round->answer();
        },
        [round](const caf::error&) { round->answer(); });
  round->answer();
  return promise;
}

caf::result<webhook_consumers> webhook_hub_state::consumers(const std::string& company_id) const {
  webhook_consumers out;
  auto ids = env_.index->enabled(company_id);
  if (ids.size() > max_replayed)
    return to_error({ec::overloaded, "a replay goes to 1000 webhooks at most", "target"});
  for (auto id : ids)
    out.names.push_back(webhook_consumer(id));
  return out;
}

} // namespace carillon
