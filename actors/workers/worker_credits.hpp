#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace carillon {

/// The workers that may get deliveries, and how many each takes: says who gets the next one. Plain
/// logic. Unknown workers are ignored.
class worker_credits {
public:
  using worker_id = uint64_t;

  struct worker {
    worker_id id = 0;
    /// Workers of the same owner are one in the eyes of a key.
    std::string owner;
    uint64_t credit = 0;
    bool stopped = false;
    /// It let the time of a delivery pass, and said nothing since: it may stand still.
    bool silent = false;

    /// A connection that may stand still gets nothing: what it let lie would be its again. A pull
    /// without a name may be of another process than the one that let something lie.
    bool takes() const noexcept {
      return !stopped && credit > 0 && !(silent && !is_pull);
    }
    /// It is one pull: what its process says next comes by another one.
    bool is_pull = false;
  };

  /// @param most that a worker can have
  explicit worker_credits(uint64_t most) : most_(most) {
  }

  /// A connection, which is its own owner.
  worker_id join();

  /// @param name of its owner; empty = it is its own
  worker_id join_pull(const std::string& name);

  void remove(worker_id x);

  /// The worker takes so many more; it has said something by that.
  void add(worker_id x, uint64_t deliveries);

  /// The worker takes no more.
  void stop(worker_id x);

  void set_silent(worker_id x, bool silent);

  /// A pull of this owner was answered, and what it took had its time pass: those of the same name,
  /// which wait since before, stop. If the owner has no name, all pulls without one are silent.
  void doubt(const std::string& owner);

  bool has_stopped(worker_id x) const;

  /// The worker with the most credit, but a silent pull only if no other has any, and a silent
  /// connection not at all.
  /// @param owner null = of any
  /// @returns null if no worker has credit; valid until it is removed
  const worker* next(const std::string* owner) const;

  /// The worker got a delivery; it must have credit.
  void use(worker_id x);

  /// Of all that may get deliveries.
  uint64_t total() const noexcept;

  bool contains(worker_id x) const {
    return workers_.contains(x);
  }

  size_t workers() const noexcept {
    return workers_.size();
  }

private:
  worker_id add_worker(std::string owner, bool is_pull);

  uint64_t most_;
  std::map<worker_id, worker> workers_;
  worker_id next_id_ = 1;
};

} // namespace carillon
