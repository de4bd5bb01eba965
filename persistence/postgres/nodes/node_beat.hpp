#pragma once

#include "base/failure.hpp"
#include "persistence/node_view.hpp"
#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/nodes/node_table.hpp"
#include "persistence/postgres/nodes/owner_watch.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace carillon::postgres {

/// The life of the node that has the database, as others see it: a beat each second, on a thread
/// and a connection of its own. Thread-safe.
class node_beat final : public node_view {
public:
  /// @param tell hears once when beats fail; may be empty
  node_beat(const std::string& url, const postgres_options& options, node_identity self,
            trouble_listener tell);
  /// Without a word to others, as `leave` says one.
  ~node_beat() override;

  /// Writes the first beat, and begins. Throws, `superseded` among others.
  /// @param epoch what this node has counted the epoch up to
  void start(int64_t epoch);

  /// At once, with a beat.
  void announce(node_addresses at) override;

  /// The last beat is younger than `node_quiet_after`.
  bool may_call_out() const noexcept override {
    return !superseded_
           && boot_clock::now().time_since_epoch().count() - last_.load()
                < boot_clock::duration{node_quiet_after}.count();
  }

  /// Another node has taken the database.
  bool is_superseded() const noexcept {
    return superseded_;
  }

  /// Errors: `store_too_new`: somebody has changed the tables so that this program may not use them
  /// any more.
  expected<void> check_schema() const;

  std::vector<node_record> nodes() const override;

  /// Ends, and tells others that the database is free. After the lock was given up.
  void leave() noexcept;

private:
  void run();
  void beat();
  void look_at_schema() noexcept;
  void end() noexcept;

  node_table table_;
  owner_watch watch_;
  trouble_listener tell_;
  /// When the last beat that took place was sent.
  std::atomic<boot_clock::rep> last_{0};
  std::atomic<bool> superseded_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  node_addresses at_;
  std::vector<node_record> nodes_;
  std::optional<failure> schema_fault_;
  bool wanted_ = false;
  bool stop_ = false;
  /// Why connections of silent standbys could not be ended, as it was told.
  std::string told_of_silent_;
  /// Last, as it uses the others.
  std::thread thread_;
};

} // namespace carillon::postgres
