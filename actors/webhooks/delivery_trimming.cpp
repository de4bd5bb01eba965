#include "actors/webhooks/delivery_trimming.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace carillon {

namespace {

/// Deliveries that one transaction deletes.
constexpr size_t trim_page_size = 1'000;

} // namespace

delivery_trimming::delivery_trimming(webhook_hub_actor::pointer self, const webhook_hub_env& env)
  : self_{self}, env_{env}, due_{self->clock().now() + env.options.trim_interval} {
}

void delivery_trimming::check() {
  if (!stopped_ && !under_way_ && self_->clock().now() >= due_)
    trim();
}

void delivery_trimming::trim() {
  under_way_ = true;
  trim_webhook_deliveries request;
  request.before = env_.consumers.now() - env_.options.keep_deliveries;
  request.keep = env_.options.max_deliveries;
  request.limit = trim_page_size;
  self_->request(env_.state_writer, store_deadline, request)
    .then(
      [this](uint64_t deleted) {
        if (deleted >= trim_page_size && !stopped_)
          trim();
        else
          finish();
      },
      [this](const caf::error&) { finish(); });
}

void delivery_trimming::finish() {
  under_way_ = false;
  due_ = self_->clock().now() + env_.options.trim_interval;
}

} // namespace carillon
