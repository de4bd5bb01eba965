#pragma once

#include "base/failure.hpp"
#include "messages/outbox/relay_counts.hpp"
#include "persistence/outbox/source.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// Where rows of an outbox become events. One thread.
class outbox_target {
public:
  outbox_target() = default;
  outbox_target(const outbox_target&) = delete;
  outbox_target& operator=(const outbox_target&) = delete;
  virtual ~outbox_target() = default;

  /// Stores the rows as events, in their order, together. Returns a verdict for each: an event that
  /// was there already is no error. Errors: why the whole failed; unknown then which are stored.
  virtual expected<std::vector<expected<void>>> publish(const outbox_rows& rows) = 0;

  /// The pause that the last error asked for; 0 = none.
  virtual std::chrono::milliseconds pause() const {
    return std::chrono::milliseconds{0};
  }
};

/// How a relay goes on after an error.
struct relay_options {
  std::chrono::milliseconds first_pause{50};
  /// Pauses double up to here.
  std::chrono::milliseconds longest_pause{5'000};
  /// Between two tries while another relay owns the outbox.
  std::chrono::milliseconds standby{500};
  /// Between two looks at how many rows wait.
  std::chrono::milliseconds look_every{5'000};
};

/// What a relay tells its operator: a line without line break. Each state is told once.
using relay_report = std::function<void(const std::string&)>;

/// Moves rows of an outbox to where they become events: reads the lowest, publishes them in their
/// order with their own ids, and removes them. A relay that was killed in between publishes again
/// what is an event already. A row that can never be published is put aside, with its error, and
/// the rows behind it go on. One thread, but for `stop`.
class outbox_relay {
public:
  /// A look counts up to so many rows.
  static constexpr uint64_t most_counted = 100'000;

  /// @param counts where it counts; null = for itself
  outbox_relay(std::shared_ptr<outbox_source> source, std::shared_ptr<outbox_target> target,
               relay_report report, relay_options options = {},
               std::shared_ptr<relay_counts> counts = nullptr);

  /// Handles a batch, waits for one, or pauses after an error: at most a few seconds.
  void turn();

  /// Handles a batch. Returns how many rows it removed. Errors: those of source and target.
  expected<size_t> step();

  /// Ends the running turn soon, and later ones at once. Any thread.
  void stop() noexcept;

  bool is_stopped() const noexcept {
    return stop_;
  }

  const relay_counts& counts() const noexcept {
    return *counts_;
  }

private:
  struct verdicts {
    std::vector<uint64_t> published;
    std::vector<refused_row> refused;
    /// Why the rest was not published.
    std::optional<failure> fault;
  };

  void judge(const outbox_rows& rows, verdicts& out);
  expected<void> look_again();
  void fail(const failure& why);
  void rest(std::chrono::milliseconds x);

  std::shared_ptr<outbox_source> source_;
  std::shared_ptr<outbox_target> target_;
  relay_report report_;
  relay_options options_;
  std::shared_ptr<relay_counts> counts_;
  std::chrono::steady_clock::time_point next_look_{};
  std::chrono::milliseconds pause_{0};
  std::string told_;
  /// The last failure of a look that was told; empty if the last look succeeded.
  std::string look_told_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stop_{false};
};

/// True if no repeat helps: the row is at fault, not the node, the network, or the key.
bool is_fault_of_row(ec code) noexcept;

} // namespace carillon
