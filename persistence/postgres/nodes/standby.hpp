#pragma once

#include "base/failure.hpp"
#include "messages/state/storage_options.hpp"
#include "persistence/postgres/nodes/node_bell.hpp"
#include "persistence/postgres/nodes/node_table.hpp"
#include "persistence/postgres/nodes/owner_watch.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace carillon::postgres {

/// A node that waits for its turn: it looks at the database four times a second, and when it hears
/// that a node has left; says once a second that it lives, also while it takes the owner's place;
/// and ends the connections of an owner that is dead, and of other dead standbys. It changes
/// nothing else: the schema is the owner's. Thread-safe.
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
  /// @param look_interval between two looks of which no notice speaks
  /// Errors: `invalid_argument` (the URL).
  static expected<std::unique_ptr<standby>>
  open(const storage_options& options, std::function<void()> changed,
       std::chrono::milliseconds look_interval = std::chrono::milliseconds{250});
  standby(const standby&) = delete;
  standby& operator=(const standby&) = delete;
  /// Waits for a call under way, which takes few seconds at most.
  ~standby();

  /// Begins to wait, again after an outcome that came to nothing. Until then, and until it is
  /// destroyed, one that is due says that it lives.
  void start(const node_addresses& at);

  outcome result() const;

  /// Who has the database, as far as it is known; without a name nobody is known.
  node_record owner() const;

  /// The nodes of the database as they were seen last, this one among them.
  std::vector<node_record> nodes() const;

  /// Another node has the database and lives, and the tables are those of this version, or of a
  /// later one that this one may use: a node may work beside the owner. `changed` is called when
  /// this becomes so.
  bool may_follow() const;

private:
  standby(storage_options options, std::function<void()> changed,
          std::chrono::milliseconds look_interval);

  void end_thread();
  void run();
  /// Beats until the end, or until it waits again.
  void beat_while_due();
  /// Reads the version of the tables. Errors: `store_too_new`. Throws.
  expected<void> look_at_schema();
  expected<void> check_database();
  /// True if it is time to open the store.
  expected<bool> look();
  /// No row has an owner, and somebody had the lock at the last look; for a few seconds, since who
  /// has it may be a node without a row.
  bool is_left() const;
  /// Ends the connections of owners that are dead.
  void end_dead_owners(const std::vector<node_record>& nodes);
  void note(std::vector<node_record> nodes, bool owner_lives);

  storage_options options_;
  std::function<void()> changed_;
  const std::chrono::milliseconds look_interval_;
  node_table table_;
  node_bell bell_;
  owner_watch watch_;
  /// The server and what is before it were checked.
  bool checked_ = false;
  /// The tables are those of this version, or of a later one that this one may use.
  bool has_table_ = false;
  /// There are tables, of an earlier version: its owner has no row.
  bool is_older_ = false;
  boot_clock::time_point next_beat_;
  /// When somebody was last seen to have the lock, or the watch began.
  boot_clock::time_point last_held_;
  std::optional<boot_clock::time_point> left_since_;
  /// The dead owner of which the operator was told.
  std::string told_of_;
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
