#pragma once

#include "actors/webhooks/webhook_index.hpp"
#include "base/fair_queue.hpp"
#include "messages/webhooks/hub_requests.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace carillon {

/// What the hub knows of webhooks without asking anybody: which exist and what concerns them (the
/// index, which it shares with the matcher), how far events were matched, which webhooks wait for a
/// place among the running ones, and which are being disabled. For one thread; it knows no actors.
class webhook_registry {
public:
  using standing = webhook_index::standing;

  /// @param bound on webhooks, which companies share; the index counts in it from now on
  webhook_registry(std::shared_ptr<webhook_index> index, bound_ptr bound);

  // -- webhooks -----------------------------------------------------------------

  /// Holds a place for one more webhook of a company, until it is put. Errors: `quota_exceeded`,
  /// `overloaded`.
  expected<bound_lease> reserve(const std::string& company_id) const;

  /// Adds or replaces.
  void put(const webhook& x);
  void erase(uint64_t id);

  std::optional<standing> find(uint64_t id) const;

  /// False for an unknown one.
  bool is_enabled(uint64_t id) const;

  /// Its status as far as it is known here: no counts, no error of its consumer. Errors:
  /// `not_found`.
  expected<webhook_status> status(uint64_t id) const;

  const webhook_index& index() const noexcept {
    return *index_;
  }

  // -- positions ------------------------------------------------------------------

  /// Everything up to here was matched before the start.
  void start_at(position x);

  /// A matched segment that ends here has arrived.
  void matched(position to) noexcept;

  /// End of the last segment that arrived.
  position matched_to() const noexcept {
    return matched_to_;
  }

  /// An endpoint that starts now reads up to here itself: these events were matched before, or
  /// without its present settings.
  position reads_to(const standing& x) const noexcept;

  /// No event up to here is left to do for a webhook, except the events at its cursor. 0 = unknown.
  static position idle_to(const standing& x) noexcept;

  /// Passivates a webhook that is done up to `done`; see `webhook_index::try_passivate`.
  std::optional<position> passivate(uint64_t id, position done);

  // -- waiting for a place ----------------------------------------------------------

  /// No effect on one that waits already.
  void enqueue(uint64_t id);

  /// The one that has its turn: companies take turns, and within a company it is the one that
  /// waits longest. It waits no longer. Empty if none does.
  std::optional<uint64_t> next_waiting();

  void forget_waiting();

  size_t waiting() const noexcept {
    return waiting_.size();
  }

  // -- disabling ----------------------------------------------------------------------

  /// Begins to disable an enabled webhook. False if it is disabled, unknown, or being disabled.
  bool begin_disabling(uint64_t id);
  void end_disabling(uint64_t id);

private:
  std::shared_ptr<webhook_index> index_;
  bound_ptr bound_;
  position matched_to_ = 0;
  fair_queue<uint64_t> waiting_{1};
  std::unordered_set<uint64_t> in_waiting_;
  std::unordered_set<uint64_t> disabling_;
};

} // namespace carillon
