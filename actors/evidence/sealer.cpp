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

/// Between two writes of the file with the newest head, each of which waits for the disk.
constexpr std::chrono::seconds keep_pause{5};

/// Between two rows of the audit log that tell a head.
constexpr std::chrono::hours record_pause{24};

} // namespace

void sealer_state::init(sealer_actor::pointer self, sealer_env env) {
  self_ = self;
  env_ = std::move(env);
  tree_ = std::make_unique<event_tree>(*env_.log, *env_.store, env_.salt_key);
  guard_ = std::make_unique<tree_guard>(*tree_, *env_.log, env_.past.heads);
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
  const auto root = tree->tree.root();
  if (signed_size_ > 0 && tree->tree.size() == signed_size_ && root == signed_root_
      && audit.number == signed_audit_.number && audit.hash == signed_audit_.hash)
    return std::optional<signed_head>{};
  const auto admitted = admit(tree->tree);
  if (!admitted)
    return admitted.error();
  if (!*admitted || tree->tree.size() == 0)
    return std::optional<signed_head>{};
  const auto now = env_.clock();
  const auto head = make_checkpoint(env_.origin, tree->tree, audit, now);
  auto note = sign_note(head.text(), env_.origin, env_.seed);
  if (!note)
    return note.error();
  signed_audit_ = audit;
  signed_root_ = root;
  return std::optional{signed_head{head.size, now, std::move(*note)}};
}

expected<bool> sealer_state::admit(const tree_frontier& tree) {
  if (!env_.refusal.empty())
    return failure{ec::conflict, env_.refusal, {}};
  auto admitted = guard_->admit(tree);
  // What cannot be read may be read later; what is damaged, or another tree, stays so.
  if (!admitted && admitted.error().code == ec::store_corrupt)
    return failure{ec::conflict, admitted.error().detail, {}};
  return admitted;
}

bool sealer_state::is_to_be_recorded(timestamp now) const {
  return !env_.past.recorded || now - *env_.past.recorded >= record_pause;
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
  const store_head request{**head, is_to_be_recorded((*head)->time)};
  self_->request(env_.writer, store_deadline, request)
    .then(
      [this, request](atom::done) {
        stored(request);
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

void sealer_state::stored(const store_head& x) {
  signed_size_ = x.head.size;
  guard_->remember(signed_size_, signed_root_);
  if (x.record)
    env_.past.recorded = x.head.time;
  auto& counts = env_.stats->evidence;
  counts.signed_size = x.head.size;
  counts.signed_at_us = static_cast<uint64_t>(to_micros(x.head.time));
  unkept_ = x.head;
  offered_ = true;
  for (auto& courier : couriers_)
    courier.offer(x.head);
  call_witnesses();
}

void sealer_state::keep_head() {
  const auto now = self_->clock().now();
  if (!unkept_ || !env_.kept || (!stopping_ && now < keep_after_))
    return;
  keep_after_ = now + keep_pause;
  const auto written = env_.kept->write(unkept_->note);
  if (written) {
    unkept_.reset();
    keeping_failed_ = false;
    return;
  }
  ++env_.stats->evidence.failures;
  if (!std::exchange(keeping_failed_, true) && env_.tell)
    env_.tell("the newest checkpoint is not kept: " + written.error().detail);
}

void sealer_state::settle(const caf::error& fault) {
  keep_head();
  // A stop need not wait for what will not be signed.
  const bool refused = fault == ec::conflict;
  env_.stats->evidence.refused = refused ? 1 : 0;
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
  // Nor for what cannot be read: the log is damaged, which was told above.
  if (fault || !waits)
    return answer_drains(refused || fault == ec::store_refused ? caf::error{} : fault);
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
