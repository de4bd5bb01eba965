#include "actors/evidence/sealer.hpp"

#include "base/failure_text.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "messages/evidence/head_text.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace carillon {

namespace {

/// Ticks: the time for the next head has come, or that of the witnesses is over.
constexpr uint64_t next_head = 0;
constexpr uint64_t end_of_drain = 1;

/// An attempt ends by its own deadline. Only a thread that hangs is later than this.
constexpr std::chrono::seconds witness_grace{1};

} // namespace

void sealer_state::init(sealer_actor::pointer self, sealer_env env) {
  self_ = self;
  env_ = std::move(env);
  tree_ = std::make_unique<event_tree>(*env_.log, *env_.store, env_.salt_key);
  for (auto& x : env_.witnesses)
    couriers_.emplace_back(x, env_.options.witness_timeout + witness_grace);
}

caf::result<signed_state_ptr> sealer_state::newest() {
  auto found = env_.store->signed_by_node();
  if (!found)
    return to_error(found.error());
  for (const auto& x : couriers_)
    found->witnesses.push_back(x.status());
  return signed_state_ptr{std::make_shared<const signed_state>(std::move(*found))};
}

caf::result<event_proof_ptr> sealer_state::prove(const prove_event& x) {
  auto head = env_.store->signed_by_node();
  if (!head)
    return to_error(head.error());
  auto proof = tree_->prove(x.seq, head->head);
  if (!proof)
    return to_error(proof.error());
  return event_proof_ptr{std::make_shared<const event_proof>(std::move(*proof))};
}

caf::result<consistency_proof_ptr> sealer_state::prove(const prove_consistency& x) {
  auto head = env_.store->signed_by_node();
  if (!head)
    return to_error(head.error());
  const auto newest = head->head.size;
  auto proof = tree_->prove_consistency(x.from, x.to == 0 ? newest : x.to, newest);
  if (!proof)
    return to_error(proof.error());
  return consistency_proof_ptr{std::make_shared<const consistency_proof>(std::move(*proof))};
}

caf::result<atom::done> sealer_state::drain() {
  stopping_ = true;
  auto promise = self_->make_response_promise<atom::done>();
  draining_.push_back(promise);
  seal();
  return promise;
}

void sealer_state::tick() {
  if (stopping_)
    return;
  offer_stored();
  seal();
  call_witnesses();
  self_->delayed_send(self_, env_.options.interval, atom::tick_v, next_head);
}

expected<std::optional<signed_head>> sealer_state::sign() {
  const auto tree = env_.store->tree();
  if (!tree)
    return tree.error();
  const auto& audit = tree->audit_end;
  if (tree->tree.size() == 0
      || (tree->tree.size() == signed_size_ && audit.number == signed_audit_.number
          && audit.hash == signed_audit_.hash))
    return std::optional<signed_head>{};
  const auto now = env_.clock();
  const auto head = make_checkpoint(env_.origin, tree->tree, audit, now);
  auto note = sign_note(head.text(), env_.origin, env_.seed);
  if (!note)
    return note.error();
  signed_audit_ = audit;
  return std::optional{signed_head{head.size, now, std::move(*note)}};
}

void sealer_state::seal() {
  if (storing_)
    return;
  auto head = sign();
  if (!head)
    return settle(to_error(head.error()));
  if (!*head)
    return settle({});
  storing_ = true;
  self_->request(env_.writer, store_deadline, store_head{**head})
    .then(
      [this, x = **head](atom::done) {
        stored(x);
        // More may have come since: a stop signs that, too.
        storing_ = false;
        if (draining_.empty())
          settle({});
        else
          seal();
      },
      [this](const caf::error& fault) {
        storing_ = false;
        signed_audit_ = {};
        settle(fault);
      });
}

void sealer_state::stored(const signed_head& x) {
  signed_size_ = x.size;
  auto& counts = env_.stats->evidence;
  counts.signed_size = x.size;
  counts.signed_at_us = static_cast<uint64_t>(to_micros(x.time));
  offered_ = true;
  for (auto& courier : couriers_)
    courier.offer(x);
  call_witnesses();
}

void sealer_state::settle(const caf::error& fault) {
  if (!fault) {
    failed_ = false;
  } else {
    ++env_.stats->evidence.failures;
    if (!std::exchange(failed_, true) && env_.tell)
      env_.tell("the head of the log is not signed: " + text_of(to_failure(fault)));
  }
  const bool waits
    = std::any_of(couriers_.begin(), couriers_.end(), [](const auto& x) { return x.is_busy(); });
  if (draining_.empty())
    return;
  if (fault || !waits)
    return answer_drains(fault);
  if (!std::exchange(parting_, true))
    self_->delayed_send(self_, env_.options.witness_stop_wait, atom::tick_v, end_of_drain);
}

void sealer_state::end_drain() {
  parting_ = false;
  if (!storing_)
    answer_drains({});
}

void sealer_state::answer_drains(const caf::error& fault) {
  for (auto& x : std::exchange(draining_, {})) {
    if (fault)
      x.deliver(fault);
    else
      x.deliver(atom::done_v);
  }
}

void sealer_state::offer_stored() {
  if (offered_ || couriers_.empty())
    return;
  const auto found = env_.store->signed_by_node();
  if (!found)
    return;
  offered_ = true;
  if (!found->head.note.empty())
    for (auto& x : couriers_)
      x.offer(found->head);
}

void sealer_state::call_witnesses() {
  const auto now = self_->clock().now();
  for (size_t i = 0; i < couriers_.size(); ++i) {
    auto& x = couriers_[i];
    if (x.overdue(now) && env_.tell)
      env_.tell(x.line());
    // A thread that hangs must not keep the actor.
    x.work(now, [me = caf::actor_cast<caf::weak_actor_ptr>(self_), i](const std::string& trouble) {
      if (const auto to = me.lock())
        caf::anon_send(caf::actor_cast<sealer_actor>(to), atom::done_v, uint64_t{i}, trouble);
    });
  }
  count_witnesses();
}

void sealer_state::witnessed(uint64_t index, const std::string& trouble) {
  if (index >= couriers_.size())
    return;
  auto& x = couriers_[index];
  if (x.settle(self_->clock().now(), trouble) && env_.tell)
    env_.tell(x.line());
  // What came meanwhile.
  call_witnesses();
  if (stopping_ && !storing_)
    settle({});
}

void sealer_state::count_witnesses() {
  uint64_t failures = 0;
  auto least = std::numeric_limits<uint64_t>::max();
  for (const auto& courier : couriers_) {
    const auto x = courier.status();
    failures += x.failures;
    least = std::min(least, x.size);
  }
  auto& counts = env_.stats->evidence;
  counts.witness_failures = failures;
  counts.witnessed_size = couriers_.empty() ? 0 : least;
}

sealer_actor::behavior_type sealer(sealer_actor::stateful_pointer<sealer_state> self,
                                   sealer_env env) {
  self->state.init(self, std::move(env));
  stay_alive(self);
  run_in_background(self);
  self->send(self, atom::tick_v, next_head);
  return {
    [self](const get_checkpoint&) { return self->state.newest(); },
    [self](const prove_event& x) { return self->state.prove(x); },
    [self](const prove_consistency& x) { return self->state.prove(x); },
    [self](atom::drain) { return self->state.drain(); },
    [self](atom::tick, uint64_t what) {
      if (what == end_of_drain)
        self->state.end_drain();
      else
        self->state.tick();
    },
    [self](atom::done, uint64_t index, const std::string& trouble) {
      self->state.witnessed(index, trouble);
    },
  };
}

} // namespace carillon
