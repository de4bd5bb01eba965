#include "actors/webhooks/webhook_tester.hpp"

#include "base/json/appender.hpp"
#include "base/uuid.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace carillon {

namespace {

/// Beyond the deadline of the attempt.
constexpr std::chrono::seconds test_margin{5};

event_ptr test_event(const webhook& x, timestamp now) {
  auto out = std::make_shared<event>();
  out->id = "test_" + make_uuid_v7();
  out->type = "webhook.test";
  out->source = "/carillon/webhooks";
  out->time = now;
  out->recorded_at = now;
  out->company_id = x.settings.company_id;
  out->data.clear();
  json_appender{out->data}.begin_object().member("webhookId", std::to_string(x.id)).end_object();
  return out;
}

} // namespace

webhook_tester::webhook_tester(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                               const webhook_secrets& secrets)
  : self_{self}, env_{env}, secrets_{secrets} {
}

caf::result<webhook_attempt> webhook_tester::test(const test_webhook& x) {
  auto promise = self_->make_response_promise<webhook_attempt>();
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then([this, promise,
           by = x.by](const webhook_with_secrets_ptr& record) { run(*record, by, promise); },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

void webhook_tester::run(const webhook_with_secrets& x, const operator_stamp& by,
                         caf::typed_response_promise<webhook_attempt> to) {
  auto secrets = secrets_.open(x.secrets);
  if (!secrets) {
    to.deliver(to_error(secrets.error()));
    return;
  }
  note(x.webhook, by);
  auto target = x.webhook;
  // One attempt, regardless of its outcome.
  target.settings.retry.schedule.clear();
  target.settings.rate_per_second = 0.0;
  endpoint_env env{env_.call,          {}, env_.stats, env_.options.endpoint, env_.consumers.now,
                   env_.make_random(), {}};
  auto receiver
    = self_->spawn(endpoint, std::move(env), endpoint_target{target, std::move(*secrets)});
  delivery what{test_event(target, env_.consumers.now()), webhook_consumer(target.id), 1, 0};
  auto deadline = env_.options.endpoint.deadlines.total + test_margin;
  self_->request(receiver, deadline, std::move(what))
    .then(
      [this, receiver, to](const delivery_outcome_ptr& outcome) mutable {
        auto attempt = outcome->made.all<webhook_attempt>().front();
        attempt.number = 1;
        attempt.trigger = attempt_trigger::manual;
        attempt.next_reason = "a test is not repeated";
        self_->send_exit(receiver, caf::exit_reason::user_shutdown);
        to.deliver(std::move(attempt));
      },
      [this, receiver, to](const caf::error&) mutable {
        self_->send_exit(receiver, caf::exit_reason::user_shutdown);
        to.deliver(to_error({ec::overloaded, "the node could not send the test", {}}));
      });
}

void webhook_tester::note(const webhook& x, const operator_stamp& by) {
  audit_entry row;
  row.time = env_.consumers.now();
  row.action = "webhook.tested";
  row.actor = by.who;
  row.origin = origin_of(by);
  row.person = by.person;
  row.company_id = x.settings.company_id;
  row.subject = "webhook:" + std::to_string(x.id);
  self_->request(env_.audit, store_deadline, append_audit{std::move(row)})
    .then([](atom::done) {}, [](const caf::error&) {});
}

} // namespace carillon
