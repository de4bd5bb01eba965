#include "actors/webhooks/webhook_disabling.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/codec/catalogue/webhook.hpp"
#include "messages/codec/described.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace carillon {

namespace {

/// How long the log may take to accept a report.
constexpr std::chrono::seconds report_deadline{10};

expected<draft_ptr> disabled_note(const webhook& x, const std::string& reason,
                                  const std::string& cause) {
  webhook_endpoint_disabled note;
  note.company_id = x.settings.company_id;
  note.webhook_id = std::to_string(x.id);
  note.url = x.settings.url;
  note.reason = reason;
  publish_options options;
  options.source = "/carillon/webhooks";
  options.hops = 1;
  options.id = "webhook-disabled/" + note.webhook_id + "/" + reason + "/" + cause;
  // A note on a webhook for events of all companies has no company that could see it.
  if (note.company_id.empty())
    options.audience = audience::none;
  return make_draft(note, options);
}

} // namespace

webhook_disabling::webhook_disabling(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                                     webhook_registry& registry, webhook_endpoints& endpoints)
  : self_{self}, env_{env}, registry_{registry}, endpoints_{endpoints} {
}

void webhook_disabling::begin(uint64_t id, const std::string& reason, const std::string& cause) {
  // Of several attempts that end the same way, the first is reported.
  if (endpoints_.is_draining() || !registry_.begin_disabling(id))
    return;
  // The note is logged first: after a crash in between the next failure repeats it, and the note
  // has the same id.
  self_->request(env_.state_reader, store_deadline, get_webhook{id, {}})
    .then([this, reason,
           cause](const webhook_with_secrets_ptr& x) { report(x->webhook, reason, cause); },
          [this, id](const caf::error&) { registry_.end_disabling(id); });
}

void webhook_disabling::report(const webhook& x, const std::string& reason,
                               const std::string& cause) {
  auto draft = disabled_note(x, reason, cause);
  if (!draft) {
    on_reported(x.id, reason);
    return;
  }
  auto done = [me = webhook_hub_actor{self_}, id = x.id, reason](const expected<receipts>& result) {
    caf::anon_send(me, atom::done_v, id, result ? reason : std::string{});
  };
  self_->send(env_.consumers.router, std::make_shared<publish_call>(
                                       std::vector<draft_ptr>{std::move(*draft)},
                                       self_->clock().now() + report_deadline, std::move(done)));
}

void webhook_disabling::on_reported(uint64_t id, const std::string& reason) {
  if (endpoints_.is_draining() || reason.empty() || !registry_.is_enabled(id))
    registry_.end_disabling(id);
  else
    write(id, reason);
}

void webhook_disabling::write(uint64_t id, const std::string& reason) {
  enable_webhook request;
  request.id = id;
  request.enabled = false;
  request.reason = reason;
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this](const webhook& now) {
        registry_.end_disabling(now.id);
        ++env_.stats->webhooks_disabled;
        registry_.put(now);
        endpoints_.stop(now.id);
      },
      [this, id](const caf::error&) { registry_.end_disabling(id); });
}

} // namespace carillon
