#include "actors/webhooks/webhook_hub.hpp"

#include "actors/webhooks/webhook_matcher.hpp"
#include "messages/actor_defaults.hpp"

#include <string>
#include <utility>

namespace carillon {

namespace {

constexpr size_t load_page_size = 1'000;

webhook_hub_env fed_by(webhook_hub_actor::pointer self, webhook_hub_env x) {
  x.consumers.feed = feed_actor{webhook_hub_actor{self}};
  return x;
}

} // namespace

webhook_hub_parts::webhook_hub_parts(webhook_hub_actor::pointer self, webhook_hub_env given)
  : env{fed_by(self, std::move(given))}, registry{env.index,
                                                  env.stats->bounds.add("webhooks", "webhooks",
                                                                        env.options.max_webhooks)},
    secrets{env.secrets, env.consumers.now}, endpoints{self, env, registry, secrets},
    feeder{self, registry, endpoints}, idling{self, env, registry, endpoints},
    changes{self, env, registry, secrets, endpoints, feeder}, disabling{self, env, registry,
                                                                        endpoints},
    views{self, env, registry, endpoints}, tester{self, env, secrets}, trimming{self, env} {
}

// -- loading --------------------------------------------------------------------

void webhook_hub_state::init(webhook_hub_actor::pointer self, webhook_hub_env env) {
  self_ = self;
  parts_ = std::make_unique<webhook_hub_parts>(self, std::move(env));
  parts_->env.index->count_excluded_in(parts_->env.stats);
  open_matcher();
  self_->delayed_send(self_, parts_->env.options.tick, atom::tick_v, generation_);
}

void webhook_hub_state::open_matcher() {
  auto again = [this](const caf::error&) { load_later(); };
  const auto& env = parts_->env;
  // The matcher continues at its cursor: earlier events have activated their endpoints.
  self_->request(env.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, &env, again](position head) {
        open_consumer request{std::string{webhook_matcher::name}, head};
        self_->request(env.consumers.state, store_deadline, std::move(request))
          .then(
            [this](const opened_consumer_ptr& x) {
              parts_->registry.start_at(x->record.cursor);
              load_page(0);
            },
            again);
      },
      again);
}

void webhook_hub_state::load_page(uint64_t beyond) {
  list_webhooks request;
  request.page.ascending = true;
  request.page.limit = load_page_size;
  if (beyond > 0)
    request.page.beyond = beyond;
  self_->request(parts_->env.state_reader, store_deadline, request)
    .then(
      [this](const webhook_page& page) {
        for (const auto& x : page.items) {
          parts_->registry.put(x);
          if (x.enabled && (x.active() || x.retrying))
            parts_->endpoints.start(x.id);
        }
        if (page.next) {
          load_page(*page.next);
          return;
        }
        loaded_ = true;
        for (auto& promise : std::exchange(load_promises_, {}))
          promise.deliver(atom::done_v);
      },
      [this](const caf::error&) { load_later(); });
}

/// Loads all again, which does not change known endpoints.
void webhook_hub_state::load_later() {
  auto pause = parts_->env.consumers.options.store_pause;
  self_->delayed_send(self_, pause, atom::restart_v, uint64_t{0});
}

caf::result<atom::done> webhook_hub_state::loaded() {
  auto promise = self_->make_response_promise<atom::done>();
  if (loaded_)
    promise.deliver(atom::done_v);
  else
    load_promises_.push_back(promise);
  return promise;
}

void webhook_hub_state::on_restart(uint64_t id) {
  if (id != 0)
    parts_->endpoints.on_restart(id);
  else if (!parts_->endpoints.is_draining())
    open_matcher();
}

// -- running --------------------------------------------------------------------

void webhook_hub_state::on_tick(uint64_t generation) {
  if (generation != generation_ || parts_->endpoints.is_draining())
    return;
  self_->delayed_send(self_, parts_->env.options.tick, atom::tick_v, ++generation_);
  parts_->idling.check();
  if (loaded_)
    parts_->trimming.check();
}

caf::result<atom::done> webhook_hub_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (parts_->endpoints.is_draining())
    return promise;
  parts_->trimming.stop();
  parts_->endpoints.drain([this] {
    for (auto& waits : std::exchange(drain_promises_, {}))
      waits.deliver(atom::done_v);
  });
  return promise;
}

webhook_hub_actor::behavior_type
webhook_hub(webhook_hub_actor::stateful_pointer<webhook_hub_state> self, webhook_hub_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  auto* to = &st->parts();
  self->set_down_handler([to](const caf::down_msg& x) { to->endpoints.on_down(x); });
  return {
    [to](atom::attach, const batch_taker_actor& x) { return to->feeder.attach(x); },
    [](atom::detach, const batch_taker_actor&) {},
    [to](atom::acknowledge, const batch_taker_actor& x) { to->feeder.acknowledge(x); },
    [to](const create_webhook& x) { return to->changes.create(x); },
    [to](const update_webhook& x) { return to->changes.update(x); },
    [to](const enable_webhook& x) { return to->changes.enable(x); },
    [to](const delete_webhook& x) { return to->changes.remove(x); },
    [to](const rotate_webhook_secret& x) { return to->changes.rotate(x); },
    [to](const test_webhook& x) { return to->tester.test(x); },
    [to](const resend_webhook_delivery& x) { return to->changes.resend(x); },
    [to](const recover_webhook& x) { return to->changes.recover(x); },
    [to](const get_webhook_status& x) { return to->views.status(x.id); },
    [to](const get_webhook_overview&) { return to->views.overview(); },
    [to](atom::find, uint64_t id) { return to->feeder.find(id); },
    [to](atom::find, const std::string& company) { return to->views.consumers(company); },
    [to](uint64_t id, const retry_row& x) { to->feeder.on_retry_row(id, x); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::status) { return st->loaded(); },
    [to](const webhook_matches_ptr& x) { to->feeder.on_matches(*x); },
    [to](atom::pause, uint64_t id, const std::string& reason, const std::string& cause) {
      to->disabling.begin(id, reason, cause);
    },
    [to](atom::done, uint64_t id, const std::string& reason) {
      to->disabling.on_reported(id, reason);
    },
    [st](atom::restart, uint64_t id) { st->on_restart(id); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
