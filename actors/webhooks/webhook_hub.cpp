#include "actors/webhooks/webhook_hub.hpp"

#include "actors/webhooks/webhook_matcher.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>

namespace carillon {

namespace {

constexpr size_t load_page_size = 1'000;
/// Deliveries that one transaction deletes.
constexpr size_t trim_page_size = 1'000;

} // namespace

webhook_hub_state::~webhook_hub_state() {
  for (auto& [id, x] : endpoints_) {
    if (x.consumer != nullptr)
      caf::anon_send_exit(x.consumer, caf::exit_reason::kill);
    if (x.receiver != nullptr)
      caf::anon_send_exit(x.receiver, caf::exit_reason::kill);
  }
}

// -- loading --------------------------------------------------------------------

void webhook_hub_state::init(webhook_hub_actor::pointer self, webhook_hub_env env) {
  self_ = self;
  env_ = std::move(env);
  env_.consumers.feed = feed_actor{webhook_hub_actor{self_}};
  webhooks_ = env_.stats->bounds.add("webhooks", "webhooks", env_.options.max_webhooks);
  env_.index->count_in(webhooks_);
  trim_at_ = self_->clock().now() + env_.options.trim_interval;
  open_matcher();
  self_->delayed_send(self_, env_.options.tick, atom::tick_v, generation_);
}

void webhook_hub_state::open_matcher() {
  auto again = [this](const caf::error&) {
    self_->delayed_send(self_, env_.consumers.options.store_pause, atom::restart_v, uint64_t{0});
  };
  // The matcher continues at its cursor: earlier events have activated their endpoints.
  self_->request(env_.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, again](position head) {
        open_consumer request{std::string{webhook_matcher::name}, head};
        self_->request(env_.consumers.state, store_deadline, std::move(request))
          .then(
            [this](const opened_consumer_ptr& x) {
              matched_to_ = x->record.cursor;
              env_.index->start_at(matched_to_);
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
  self_->request(env_.state_reader, store_deadline, request)
    .then(
      [this](const webhook_page& page) {
        for (const auto& x : page.items) {
          env_.index->put(x);
          if (x.enabled && (x.awake() || x.retrying))
            start(x.id);
        }
        if (page.next) {
          load_page(*page.next);
          return;
        }
        loaded_ = true;
        for (auto& promise : std::exchange(load_promises_, {}))
          promise.deliver(atom::done_v);
      },
      // Loads all again, which does not change known endpoints.
      [this](const caf::error&) {
        self_->delayed_send(self_, env_.consumers.options.store_pause, atom::restart_v,
                            uint64_t{0});
      });
}

caf::result<atom::done> webhook_hub_state::loaded() {
  auto promise = self_->make_response_promise<atom::done>();
  if (loaded_)
    promise.deliver(atom::done_v);
  else
    load_promises_.push_back(promise);
  return promise;
}

// -- housekeeping -----------------------------------------------------------------

void webhook_hub_state::on_tick(uint64_t generation) {
  if (generation != generation_ || draining_)
    return;
  self_->delayed_send(self_, env_.options.tick, atom::tick_v, ++generation_);
  retire_idle();
  if (loaded_ && !trimming_ && self_->clock().now() >= trim_at_)
    trim();
}

void webhook_hub_state::retire_idle() {
  auto now = self_->clock().now();
  // Other endpoints wait for a place.
  auto idle = waiting_.empty()
                ? env_.options.idle
                : std::min<std::chrono::milliseconds>(env_.options.idle, env_.options.tick);
  for (auto& [id, x] : endpoints_)
    if (x.state == phase::running && !x.behind && !x.asked && now - x.active_at >= idle)
      ask_if_idle(id, x);
}

void webhook_hub_state::trim() {
  trimming_ = true;
  trim_webhook_deliveries request;
  request.before = env_.consumers.now() - env_.options.keep_deliveries;
  request.keep = env_.options.max_deliveries;
  request.limit = trim_page_size;
  auto later = [this] {
    trimming_ = false;
    trim_at_ = self_->clock().now() + env_.options.trim_interval;
  };
  self_->request(env_.state_writer, store_deadline, request)
    .then(
      [this, later](uint64_t deleted) {
        if (deleted >= trim_page_size && !draining_)
          trim();
        else
          later();
      },
      [later](const caf::error&) { later(); });
}

caf::result<atom::done> webhook_hub_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  drain_promises_.push_back(promise);
  if (draining_)
    return promise;
  draining_ = true;
  waiting_.clear();
  in_waiting_.clear();
  auto done = [this] {
    if (--to_drain_ > 0)
      return;
    for (auto& [id, x] : endpoints_)
      drop(x);
    endpoints_.clear();
    for (auto& waits : std::exchange(drain_promises_, {}))
      waits.deliver(atom::done_v);
  };
  to_drain_ = 1;
  for (auto& [id, x] : endpoints_) {
    for (auto& waits : std::exchange(x.finders, {}))
      waits.deliver(to_error({ec::shutting_down, "the node is shutting down", {}}));
    if (x.consumer == nullptr)
      continue;
    ++to_drain_;
    self_->request(x.consumer, env_.options.stop_grace, atom::drain_v)
      .then([done](atom::done) { done(); }, [done](const caf::error&) { done(); });
  }
  done();
  return promise;
}

webhook_hub_actor::behavior_type
webhook_hub(webhook_hub_actor::stateful_pointer<webhook_hub_state> self, webhook_hub_env env) {
  auto* st = &self->state;
  stay_alive(self);
  self->set_down_handler([st](const caf::down_msg& x) { st->on_down(x); });
  st->init(self, std::move(env));
  return {
    [st](atom::attach, const batch_taker_actor& x) { return st->attach(x); },
    [](atom::detach, const batch_taker_actor&) {},
    [st](atom::acknowledge, const batch_taker_actor& x) { st->acknowledge(x); },
    [st](const create_webhook& x) { return st->create(x); },
    [st](const update_webhook& x) { return st->update(x); },
    [st](const enable_webhook& x) { return st->enable(x); },
    [st](const delete_webhook& x) { return st->remove(x); },
    [st](const rotate_webhook_secret& x) { return st->rotate(x); },
    [st](const test_webhook& x) { return st->test(x); },
    [st](const resend_webhook_delivery& x) { return st->resend(x); },
    [st](const recover_webhook& x) { return st->recover(x); },
    [st](const get_webhook_status& x) { return st->status(x.id); },
    [st](const get_webhook_overview&) { return st->overview(); },
    [st](atom::find, uint64_t id) { return st->find(id); },
    [st](atom::find, const std::string& company) { return st->consumers(company); },
    [st](uint64_t id, const retry_row& x) { st->on_retry_row(id, x); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::status) { return st->loaded(); },
    [st](const webhook_matches_ptr& x) { st->on_matches(*x); },
    [st](atom::pause, uint64_t id, const std::string& reason, const std::string& cause) {
      st->on_disable(id, reason, cause);
    },
    [st](atom::done, uint64_t id, const std::string& reason) { st->on_disable_noted(id, reason); },
    [st](atom::restart, uint64_t id) { st->on_restart(id); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
