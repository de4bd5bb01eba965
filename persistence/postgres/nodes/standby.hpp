#pragma once

#include "base/failure.hpp"
#include "messages/state/storage_options.hpp"
#include "persistence/postgres/nodes/node_table.hpp"
#include "persistence/postgres/nodes/owner_watch.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace carillon::postgres {

/// A node that waits for its turn: it looks at the database four times a second, says once a second
/// that it lives, and ends the connections of an owner that is dead, and of other dead standbys. It
/// changes nothing else: the schema is the owner's. Thread-safe.
class standby {
public:
  /// What has come of the wait.
  struct outcome {
    /// The store is free: open it. Another one may be first.
    bool due = false;
    /// Why waiting is of no use, for the operator.
    std::optional<failure> fault = {};
  };

  /// @param options `node` has a name
  /// @param changed called on the thread of the standby when there is an outcome
  /// Errors: `invalid_argument` (the URL).
  static expected<std::unique_ptr<standby>> open(const storage_options& options,
                                                 std::function<void()> changed);
  standby(const standby&) = delete;
  standby& operator=(const standby&) = delete;
  /// Waits for a call under way, which takes few seconds at most.
  ~standby();

  /// Begins to wait, again after an outcome that came to nothing.
  void start(const node_addresses& at);

  outcome result() const;

  /// Who has the database, as far as it is known; without a name nobody is known.
  node_record owner() const;

  /// The nodes of the database as they were seen last, this one among them.
  std::vector<node_record> nodes() const;

  /// Another node has the database and lives, and the tables are those of this version: a node may
  /// work beside the owner. `changed` is called when this becomes so.
  bool may_follow() const;

private:
  standby(storage_options options, std::function<void()> changed);

  void run();
  expected<void> check_database();
  /// True if it is time to open the store.
  expected<bool> look();
  void note(std::vector<node_record> nodes, bool owner_lives);

  storage_options options_;
  std::function<void()> changed_;
  node_table table_;
  owner_watch watch_;
  /// The server and what is before it were checked.
  bool checked_ = false;
  /// The tables are those of this version.
  bool has_table_ = false;
  /// There are tables, of an earlier version: its owner has no row.
  bool is_older_ = false;
  boot_clock::time_point next_beat_;
  /// When somebody was last seen to have the lock, or the watch began.
  boot_clock::time_point last_held_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  node_addresses at_;
  node_record owner_;
  std::vector<node_record> nodes_;
  bool may_follow_ = false;
  outcome result_;
  /// The last outcome came to nothing.
  bool again_ = false;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace carillon::postgres
