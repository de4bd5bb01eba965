#pragma once

#include "actors/evidence/witness_courier.hpp"
#include "messages/evidence/interfaces.hpp"
#include "messages/evidence/options.hpp"
#include "messages/telemetry.hpp"
#include "persistence/event_log.hpp"
#include "persistence/evidence/event_tree.hpp"
#include "persistence/evidence/signed_past.hpp"
#include "persistence/evidence/tree_guard.hpp"
#include "persistence/state/evidence/evidence_store.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// What a sealer works with. The connections are used by it only.
struct sealer_env {
  std::shared_ptr<event_log> log;
  /// Reads.
  std::shared_ptr<evidence_store> store;
  evidence_store_actor writer;
  /// Name of the log and of its keys, see `origin_of`.
  std::string origin;
  /// Of the key that signs, 32 bytes.
  std::string seed;
  std::string salt_key;
  std::function<timestamp()> clock;
  /// Called when heads cannot be signed, or a witness does not get them, and when it does again, on
  /// the actor's thread; may be empty.
  std::function<void(const std::string&)> tell;
  std::vector<std::shared_ptr<witness>> witnesses;
  /// What was signed before.
  signed_past past;
  /// Why the past cannot be read, so that nothing is signed; empty if it can.
  std::string refusal = {};
  /// Keeps the head that was signed last; empty = none does.
  std::optional<head_file> kept = {};
  telemetry_ptr stats = std::make_shared<telemetry>();
  evidence_options options;
};

/// State of a SEALER. The leaves of the tree come from the consumer `sealer`, whose commits add
/// them; this actor signs what is committed, once an interval if there is more, and makes proofs.
class sealer_state {
public:
  static constexpr const char* name = "carillon.sealer";

  sealer_state() = default;

  void init(sealer_actor::pointer self, sealer_env env);

  caf::result<signed_state_ptr> newest();
  caf::result<event_proof_ptr> prove(const prove_event& x);
  caf::result<consistency_proof_ptr> prove(const prove_consistency& x);
  caf::result<atom::done> drain();

  /// Signs, if there is more than was signed, and arranges for the next time.
  void tick();

  /// The witness with this index has taken what it was given, or `trouble` says why not.
  void witnessed(uint64_t index, const std::string& trouble);

  /// Answers those that drain, whatever the witnesses have taken.
  void end_drain();

private:
  /// Empty if nothing is new. Errors: `conflict`: the tree is not what was signed before;
  /// `store_unavailable`, `internal`.
  expected<std::optional<signed_head>> sign();
  /// Whether the tree may be signed.
  expected<bool> admit(const tree_frontier& tree);
  /// Writes the newest head to its file, every 5 s and at the stop.
  void keep_head();
  bool is_to_be_recorded(timestamp now) const;
  /// Signs and stores; a call during another one does nothing.
  void seal();
  void stored(const store_head& x);
  /// Ends a seal, tells a first failure, and answers those that wait for it: at once for a failure,
  /// else when the witnesses have taken the head, or their time is over.
  void settle(const caf::error& fault);
  /// Hands heads over that wait.
  void call_witnesses();
  /// The newest head may not have got to the witnesses before the last end.
  void offer_stored();
  void answer_drains(const caf::error& fault);
  void count_witnesses();

  sealer_actor::pointer self_ = nullptr;
  sealer_env env_;
  std::unique_ptr<event_tree> tree_;
  std::unique_ptr<tree_guard> guard_;
  /// Size, root and end of the audit chain that were signed last.
  uint64_t signed_size_ = 0;
  tree_hash signed_root_{};
  audit_mark signed_audit_;
  bool storing_ = false;
  /// Waits for what is being stored, and signs again.
  std::vector<caf::typed_response_promise<atom::done>> draining_;
  bool stopping_ = false;
  /// The time that a stop gives the witnesses runs.
  bool parting_ = false;
  /// The trouble was told already.
  bool failed_ = false;
  bool keeping_failed_ = false;
  /// The newest head, if its file has an older one.
  std::optional<signed_head> unkept_;
  std::chrono::steady_clock::time_point keep_after_ = std::chrono::steady_clock::time_point::min();
  std::vector<witness_courier> couriers_;
  /// Witnesses were offered what was stored at the start.
  bool offered_ = false;
};

/// Runs a SEALER; spawn it detached.
sealer_actor::behavior_type sealer(sealer_actor::stateful_pointer<sealer_state> self,
                                   sealer_env env);

} // namespace carillon
