#include "actors/evidence/sealer.hpp"

#include "actors/evidence/witness_file.hpp"
#include "base/failure_text.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "messages/evidence/head_text.hpp"

#include <utility>

namespace carillon {

void sealer_state::init(sealer_actor::pointer self, sealer_env env) {
  self_ = self;
  env_ = std::move(env);
  tree_ = std::make_unique<event_tree>(*env_.log, *env_.store, env_.salt_key);
}

caf::result<signed_state_ptr> sealer_state::newest() {
  auto found = env_.store->signed_by_node();
  if (!found)
    return to_error(found.error());
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
  seal();
  self_->delayed_send(self_, env_.options.interval, atom::tick_v, uint64_t{0});
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
  note(x);
}

void sealer_state::settle(const caf::error& fault) {
  if (!fault)
    failed_ = false;
  else if (!std::exchange(failed_, true) && env_.tell)
    env_.tell("the head of the log is not signed: " + text_of(to_failure(fault)));
  for (auto& x : std::exchange(draining_, {})) {
    if (fault)
      x.deliver(fault);
    else
      x.deliver(atom::done_v);
  }
}

void sealer_state::note(const signed_head& x) {
  if (env_.options.witness.empty())
    return;
  const auto done = append_to_witness(env_.options.witness, x.note);
  if (!done && !std::exchange(witness_failed_, true) && env_.tell)
    env_.tell(done.error().detail);
  if (done)
    witness_failed_ = false;
}

sealer_actor::behavior_type sealer(sealer_actor::stateful_pointer<sealer_state> self,
                                   sealer_env env) {
  self->state.init(self, std::move(env));
  stay_alive(self);
  run_in_background(self);
  self->send(self, atom::tick_v, uint64_t{0});
  return {
    [self](const get_checkpoint&) { return self->state.newest(); },
    [self](const prove_event& x) { return self->state.prove(x); },
    [self](const prove_consistency& x) { return self->state.prove(x); },
    [self](atom::drain) { return self->state.drain(); },
    [self](atom::tick, uint64_t) { self->state.tick(); },
  };
}

} // namespace carillon
